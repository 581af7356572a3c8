// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/schemenames.h"

#include "core/quant/formats.h"
#include "ui/format.h"

#include <QCoreApplication>

namespace quantoscope::format {

namespace {

/// The words of this file; one context for translators.
struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Scheme)
};

QString floatExplanation(int exponentBits, int fractionBits)
{
    return Words::tr("Floats with %1 exponent and %2 fraction bits, scaled to each set")
        .arg(exponentBits)
        .arg(fractionBits);
}

QString mxExplanation(const QString& element)
{
    return Words::tr("%1 floats that share a power of two").arg(element);
}

} // namespace

QString formatName(Format format)
{
    switch (format) {
    case Format::Int:
        return Words::tr("Integer grid");
    case Format::Binary:
        return Words::tr("Binary");
    case Format::Ternary:
        return Words::tr("Ternary");
    case Format::KMeans:
        return Words::tr("k-means code book");
    default:
        return text(infoOf(format).title); // proper names
    }
}

QString formatExplanation(Format format)
{
    switch (format) {
    case Format::Int:
        return Words::tr("Evenly spaced levels at any width from 1 to 16 bits");
    case Format::Binary:
        return Words::tr(
            "Two levels ±α, α the mean magnitude of each set: what a symmetric grid is at 1 bit");
    case Format::Ternary:
        return Words::tr("Levels −α, 0 and α; what lies below a threshold becomes 0");
    case Format::Nf4:
        return Words::tr("16 levels at quantiles of a normal distribution (QLoRA)");
    case Format::Fp4:
        return Words::tr("The 4-bit float of bitsandbytes, scaled to each set");
    case Format::Af4:
        return Words::tr("16 levels of least absolute error for normal values in blocks of 64");
    case Format::KMeans:
        return Words::tr("Levels fitted to each set by k-means and stored with it");
    case Format::Fp16:
        return Words::tr("IEEE half precision, 5 exponent and 10 fraction bits; no scale");
    case Format::Bf16:
        return Words::tr("8 exponent and 7 fraction bits, the range of float32; no scale");
    case Format::E4m3:
        return floatExplanation(4, 3);
    case Format::E5m2:
        return floatExplanation(5, 2);
    case Format::E3m2:
        return floatExplanation(3, 2);
    case Format::E2m3:
        return floatExplanation(2, 3);
    case Format::E2m1:
        return floatExplanation(2, 1);
    case Format::MxFp8E4m3:
        return mxExplanation(QStringLiteral("E4M3"));
    case Format::MxFp8E5m2:
        return mxExplanation(QStringLiteral("E5M2"));
    case Format::MxFp6E3m2:
        return mxExplanation(QStringLiteral("E3M2"));
    case Format::MxFp6E2m3:
        return mxExplanation(QStringLiteral("E2M3"));
    case Format::MxFp4:
        return mxExplanation(QStringLiteral("E2M1"));
    case Format::Nvfp4:
        return Words::tr("E2M1 floats that share an E4M3 scale");
    case Format::Q4_0:
    case Format::Q5_0:
    case Format::Q8_0:
        return Words::tr("Integer codes with a float16 scale");
    case Format::Q4_1:
    case Format::Q5_1:
        return Words::tr("Integer codes with a float16 scale and minimum");
    case Format::Q2_K:
    case Format::Q4_K:
    case Format::Q5_K:
        return Words::tr("Integer codes; scales and minima of the groups are quantized themselves");
    case Format::Q3_K:
    case Format::Q6_K:
        return Words::tr("Integer codes; the scales of the groups are quantized themselves");
    case Format::Iq4Nl:
        return Words::tr("16 uneven levels with a float16 scale");
    case Format::Iq4Xs:
        return Words::tr("The levels of IQ4_NL; the scales of the groups are quantized themselves");
    case Format::Tq1_0:
        return Words::tr("Ternary, five values to a byte, with a float16 scale");
    case Format::Tq2_0:
        return Words::tr("Ternary, four values to a byte, with a float16 scale");
    }
    return {};
}

QString formatGroupName(FormatGroup group)
{
    switch (group) {
    case FormatGroup::Plain:
        return Words::tr("Even levels and signs");
    case FormatGroup::Books:
        return Words::tr("Code books");
    case FormatGroup::Floats:
        return Words::tr("Floats");
    case FormatGroup::Microscaling:
        return Words::tr("MX and NVFP4 blocks");
    case FormatGroup::Gguf:
        return Words::tr("GGUF blocks");
    }
    return {};
}

QString presetGroupName(PresetGroup group)
{
    switch (group) {
    case PresetGroup::General:
        return Words::tr("General");
    case PresetGroup::OnnxRuntime:
        return Words::tr("ONNX Runtime");
    case PresetGroup::PyTorch:
        return Words::tr("PyTorch");
    case PresetGroup::TfLite:
        return Words::tr("TensorFlow Lite");
    case PresetGroup::BitsAndBytes:
        return Words::tr("bitsandbytes, Hugging Face");
    case PresetGroup::Others:
        return Words::tr("Other tools");
    case PresetGroup::Microscaling:
        return Words::tr("MX and NVFP4");
    case PresetGroup::Gguf:
        return Words::tr("GGUF");
    }
    return {};
}

QString blockSentence(Format format)
{
    if (infoOf(format).family != Family::Blocks)
        return {};
    const BlockFacts facts = blockFacts(format);
    const QString bits = QString::number(facts.bitsPerWeight, 'g', 4);
    return facts.group == facts.elements
               ? Words::tr("Blocks of %1, %2 bits per weight").arg(QString::number(facts.elements), bits)
               : Words::tr("Blocks of %1 in groups of %2, %3 bits per weight")
                     .arg(QString::number(facts.elements), QString::number(facts.group), bits);
}

QString gridName(Grid grid)
{
    switch (grid) {
    case Grid::Symmetric:
        return Words::tr("Symmetric");
    case Grid::SymmetricFull:
        return Words::tr("Symmetric, all codes");
    case Grid::SymmetricFullNeg:
        return Words::tr("Symmetric, negative end exact");
    case Grid::SymmetricSigned:
        return Words::tr("Symmetric, largest value exact");
    case Grid::SymmetricWide:
        return Words::tr("Symmetric, one code wider");
    case Grid::MidRise:
        return Words::tr("Mid-rise (no zero)");
    case Grid::Offset:
        return Words::tr("Asymmetric, real offset");
    case Grid::ZeroPoint:
        return Words::tr("Asymmetric, zero point");
    }
    return {};
}

QString centreName(Grid grid)
{
    return grid == Grid::Offset ? Words::tr("About the mean") : Words::tr("About 0");
}

QString roundingName(Rounding::Kind kind)
{
    switch (kind) {
    case Rounding::Kind::HalfEven:
        return Words::tr("Nearest, ties to even");
    case Rounding::Kind::HalfAway:
        return Words::tr("Nearest, ties away from 0");
    case Rounding::Kind::HalfUp:
        return Words::tr("Nearest, ties up");
    case Rounding::Kind::Floor:
        return Words::tr("Down (floor)");
    case Rounding::Kind::Stochastic:
        return Words::tr("Stochastic");
    }
    return {};
}

QString granularityName(const Granularity& granularity)
{
    switch (granularity.kind) {
    case Granularity::Kind::Tensor:
        return Words::tr("per tensor");
    case Granularity::Kind::Channel:
        return granularity.axis < 0 ? Words::tr("per channel")
                                    : Words::tr("per channel of axis %1").arg(granularity.axis);
    case Granularity::Kind::Group:
        return Words::tr("per group of %1").arg(granularity.groupSize);
    case Granularity::Kind::Row:
        return Words::tr("per row");
    }
    return {};
}

QString levelsName(const Scheme& scheme)
{
    if (scheme.format == Format::Int)
        return Words::tr("INT%1").arg(scheme.bits);
    if (scheme.format == Format::KMeans)
        return Words::tr("k-means %1 bit").arg(scheme.bits);
    return formatName(scheme.format);
}

QString schemeName(const Scheme& scheme)
{
    QString name = levelsName(scheme);
    if (scheme.format == Format::Int)
        name += QLatin1Char(' ') + text(nameOf(scheme.grid));
    if (fieldsOf(scheme.format).granularity)
        name += QLatin1Char(' ') + granularityName(scheme.granularity);
    return name;
}

} // namespace quantoscope::format
