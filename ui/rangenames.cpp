// SPDX-License-Identifier: GPL-3.0-or-later
// Names and sentences of how ranges, scales and thresholds are found.
#include "ui/schemenames.h"

#include "ui/format.h"

#include <QCoreApplication>

namespace quantoscope::format {

namespace {
struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Scheme)
};
} // namespace

QString rangeName(RangeRule::Kind kind)
{
    switch (kind) {
    case RangeRule::Kind::MinMax:
        return Words::tr("Minimum and maximum");
    case RangeRule::Kind::Percentile:
        return Words::tr("Percentile");
    case RangeRule::Kind::Mse:
        return Words::tr("Least squared error");
    case RangeRule::Kind::Entropy:
        return Words::tr("Entropy (KL)");
    case RangeRule::Kind::Aciq:
        return Words::tr("ACIQ, automatic");
    case RangeRule::Kind::AciqGauss:
        return Words::tr("ACIQ, Gauss");
    case RangeRule::Kind::AciqLaplace:
        return Words::tr("ACIQ, Laplace");
    case RangeRule::Kind::Sigma:
        return Words::tr("k·σ");
    case RangeRule::Kind::Ema:
        return Words::tr("Moving average");
    case RangeRule::Kind::Ratio:
        return Words::tr("Ratio of min–max");
    case RangeRule::Kind::Manual:
        return Words::tr("Manual");
    case RangeRule::Kind::Dynamic:
        return Words::tr("At each call");
    }
    return {};
}

QString rangeText(const RangeRule& rule)
{
    switch (rule.kind) {
    case RangeRule::Kind::Percentile:
        return Words::tr("Percentile %1").arg(QString::number(rule.a));
    case RangeRule::Kind::Sigma:
        return Words::tr("%1 σ").arg(QString::number(rule.a));
    case RangeRule::Kind::Ratio:
        return Words::tr("%1 × min–max").arg(QString::number(rule.a));
    case RangeRule::Kind::Ema:
        return Words::tr("Moving average %1").arg(QString::number(rule.a));
    case RangeRule::Kind::Manual:
        return interval(rule.a, rule.b);
    default:
        return rangeName(rule.kind);
    }
}

QString rangeExplanation(RangeRule::Kind kind)
{
    switch (kind) {
    case RangeRule::Kind::MinMax:
        return Words::tr("From the smallest to the largest value of each set: nothing is clipped");
    case RangeRule::Kind::Percentile:
        return Words::tr("So many percent of each set lie inside; the rest is clipped");
    case RangeRule::Kind::Mse:
        return Words::tr("The clip with the least squared error on these levels");
    case RangeRule::Kind::Entropy:
        return Words::tr("The clip with the least Kullback–Leibler divergence between the histograms");
    case RangeRule::Kind::Aciq:
        return Words::tr("The best clip for a Gaussian or a Laplacian, whichever fits the set better");
    case RangeRule::Kind::AciqGauss:
        return Words::tr("The best clip if the values were Gaussian");
    case RangeRule::Kind::AciqLaplace:
        return Words::tr("The best clip if the values were Laplacian");
    case RangeRule::Kind::Sigma:
        return Words::tr("So many standard deviations about the mean");
    case RangeRule::Kind::Ema:
        return Words::tr("Moving average of the minima and maxima of batches");
    case RangeRule::Kind::Ratio:
        return Words::tr("A share of each set's own minimum and maximum");
    case RangeRule::Kind::Manual:
        return Words::tr("The same two limits for every set");
    case RangeRule::Kind::Dynamic:
        return Words::tr("Minimum and maximum of each call");
    }
    return {};
}

QString scaleTypeName(ScaleType type)
{
    switch (type) {
    case ScaleType::F32:
        return Words::tr("float32");
    case ScaleType::F16:
        return Words::tr("float16");
    case ScaleType::Bf16:
        return Words::tr("bfloat16");
    case ScaleType::Pow2:
        return Words::tr("Power of two");
    case ScaleType::Double:
        return Words::tr("Quantized (nested)");
    }
    return {};
}

QString scaleTypeExplanation(ScaleType type)
{
    switch (type) {
    case ScaleType::F32:
        return Words::tr("Scales take 4 bytes each");
    case ScaleType::F16:
        return Words::tr("Scales are rounded to float16 before they are used: 2 bytes each");
    case ScaleType::Bf16:
        return Words::tr("Scales are rounded to bfloat16 before they are used: 2 bytes each");
    case ScaleType::Pow2:
        return Words::tr("Scales are powers of two, so that scaling is a shift: 1 byte each");
    case ScaleType::Double:
        return Words::tr("Scales are quantized to 8 bits in turn, as QLoRA's double quantization does");
    }
    return {};
}

QString thresholdName(TernaryRule rule)
{
    switch (rule) {
    case TernaryRule::Twn:
        return Words::tr("0.7 · mean |x| (TWN)");
    case TernaryRule::Absmean:
        return Words::tr("Half of mean |x| (absmean)");
    case TernaryRule::Mse:
        return Words::tr("Least squared error");
    }
    return {};
}

QString thresholdExplanation(TernaryRule rule)
{
    switch (rule) {
    case TernaryRule::Twn:
        return Words::tr("Ternary Weight Networks: α is the mean magnitude of what lies above the threshold");
    case TernaryRule::Absmean:
        return Words::tr("BitNet b1.58: x / mean |x| is rounded and clamped to −1, 0, 1");
    case TernaryRule::Mse:
        return Words::tr("The threshold and α with the least squared error of each set");
    }
    return {};
}

QString exponentName(ExponentRule rule)
{
    switch (rule) {
    case ExponentRule::Floor:
        return Words::tr("Floor (OCP)");
    case ExponentRule::Ceil:
        return Words::tr("Ceiling");
    case ExponentRule::Rceil:
        return Words::tr("Ceiling of max / largest");
    case ExponentRule::Even:
        return Words::tr("Floor after rounding (even)");
    }
    return {};
}

QString exponentExplanation(ExponentRule rule)
{
    switch (rule) {
    case ExponentRule::Floor:
        return Words::tr("The exponent of the largest magnitude, rounded down: large values may be clipped");
    case ExponentRule::Ceil:
        return Words::tr("The exponent of the largest magnitude, rounded up: nothing is clipped");
    case ExponentRule::Rceil:
        return Words::tr("The next power of two at or above largest magnitude / largest element");
    case ExponentRule::Even:
        return Words::tr(
            "The largest magnitude is first rounded to the fraction bits of an element, then as floor");
    }
    return {};
}

} // namespace quantoscope::format
