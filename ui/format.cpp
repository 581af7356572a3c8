// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/format.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope::format {

namespace {

constexpr QChar minusSign(0x2212);
constexpr QChar thinSpace(0x2009);
constexpr QChar timesSign(0x00D7);

/// The words of this file; one context for translators.
struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Format)
};

QString withMinus(QString digits) { return digits.replace(u'-', minusSign); }

/// "3.41e-04" → "3.41e−4"
QString exponentForm(double value, int digits)
{
    const QString raw = QString::number(value, 'e', digits - 1);
    const auto at = raw.indexOf(u'e');
    return withMinus(raw.left(at) + u'e' + QString::number(raw.mid(at + 1).toInt()));
}

} // namespace

QString missing() { return u"–"_s; }

QString number(double value, int digits)
{
    if (std::isnan(value))
        return missing();
    if (std::isinf(value))
        return value > 0 ? u"∞"_s : minusSign + u"∞"_s;
    if (value == 0)
        return u"0"_s;
    const double magnitude = std::abs(value);
    if (magnitude < 1e-3 || magnitude >= 1e6)
        return exponentForm(value, std::min(digits, 3));
    const int before = static_cast<int>(std::floor(std::log10(magnitude))) + 1;
    return withMinus(QString::number(value, 'f', std::max(0, digits - before)));
}

QString exact(double value)
{
    if (std::isnan(value))
        return missing();
    return withMinus(QString::number(value, 'g', QLocale::FloatingPointShortest));
}

QString integer(std::int64_t value) { return withMinus(QString::number(value)); }

QString signedNumber(double value, int digits)
{
    const QString digitsText = number(value, digits);
    return value > 0 ? u'+' + digitsText : digitsText;
}

QString decibelNumber(double db)
{
    if (std::isnan(db))
        return missing();
    // Rounded first, so that −0.04 is not a negative zero.
    const double rounded = std::round(db * 10) / 10;
    return withMinus(QString::number(rounded == 0 ? 0.0 : rounded, 'f', 1));
}

QString decibel(double db) { return std::isnan(db) ? missing() : Words::tr("%1 dB").arg(decibelNumber(db)); }

QString percent(double fraction)
{
    if (std::isnan(fraction))
        return missing();
    const double value = fraction * 100;
    if (value == 0)
        return Words::tr("0 %");
    if (value < 0.01)
        return Words::tr("< 0.01 %");
    const int decimals = value < 10 ? 2 : 1;
    return Words::tr("%1 %").arg(QString::number(value, 'f', decimals));
}

QString count(std::uint64_t value)
{
    QString digits = QString::number(value);
    for (auto at = digits.size() - 3; at > 0; at -= 3)
        digits.insert(at, thinSpace);
    return digits;
}

QString shortCount(std::uint64_t value)
{
    const auto scaled = [](double v, const QString& unit) {
        return QString::number(v, 'f', v < 10 ? 2 : v < 100 ? 1 : 0) + thinSpace + unit;
    };
    const auto v = static_cast<double>(value);
    if (value < 10'000)
        return count(value);
    if (v < 999'500)
        return scaled(v / 1e3, u"k"_s);
    return v < 999.5e6 ? scaled(v / 1e6, u"M"_s) : scaled(v / 1e9, u"G"_s);
}

QString bytes(std::uint64_t value)
{
    if (value < 1024)
        return Words::tr("%1 B").arg(value);
    auto v = static_cast<double>(value) / 1024;
    const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; v >= 999.5 && unit < 3; ++unit)
        v /= 1024;
    return QString::number(v, 'f',
                           v < 9.995   ? 2
                           : v < 99.95 ? 1
                                       : 0)
           + u' ' + QString::fromLatin1(units[unit]);
}

QString duration(double nanoseconds)
{
    if (std::isnan(nanoseconds))
        return missing();
    if (nanoseconds < 1e3)
        return Words::tr("%1 ns").arg(number(nanoseconds, 3));
    if (nanoseconds < 1e6)
        return Words::tr("%1 µs").arg(number(nanoseconds / 1e3, 3));
    return nanoseconds < 1e9 ? Words::tr("%1 ms").arg(number(nanoseconds / 1e6, 3))
                             : Words::tr("%1 s").arg(number(nanoseconds / 1e9, 3));
}

QString shape(const Shape& shape)
{
    if (shape.empty())
        return Words::tr("scalar");
    QString out;
    for (const auto dimension : shape) {
        if (!out.isEmpty())
            out += timesSign;
        out += QString::number(dimension);
    }
    return out;
}

QString interval(double lo, double hi) { return number(lo) + u" … "_s + number(hi); }

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

QString kindName(LayerKind kind)
{
    switch (kind) {
    case LayerKind::Conv:
        return Words::tr("conv");
    case LayerKind::DepthwiseConv:
        return Words::tr("depthwise");
    case LayerKind::ConvTranspose:
        return Words::tr("transposed");
    case LayerKind::Gemm:
        return Words::tr("gemm");
    case LayerKind::MatMul:
        return Words::tr("matmul");
    case LayerKind::Embedding:
        return Words::tr("embedding");
    case LayerKind::Lstm:
        return Words::tr("LSTM");
    case LayerKind::Gru:
        return Words::tr("GRU");
    case LayerKind::Rnn:
        return Words::tr("RNN");
    case LayerKind::Array:
        return Words::tr("array");
    }
    return {};
}

QString sqnrReason(const ErrorMetrics& metrics)
{
    if (!std::isnan(metrics.sqnrDb))
        return {};
    if (metrics.sqnrReason == "exact")
        return Words::tr("No error at all: every value is a level, so the ratio is infinite.");
    if (metrics.elements == 0)
        return Words::tr("There is no finite value to measure.");
    return Words::tr("All values are 0: there is no signal to compare the error with.");
}

namespace {

const MetricDefinition* findDefinition(std::string_view key)
{
    for (const auto& definition : metricDefinitions()) {
        if (definition.key == key)
            return &definition;
    }
    return nullptr;
}

/// The engine's English, through the translator: its texts are listed in the context "Metric".
QString translated(std::string_view engineText)
{
    return QCoreApplication::translate("Metric", std::string(engineText).c_str());
}

} // namespace

QString metricTitle(std::string_view key)
{
    const auto* definition = findDefinition(key);
    return definition ? translated(definition->title) : text(key);
}

QString metricTooltip(std::string_view key)
{
    const auto* definition = findDefinition(key);
    if (!definition)
        return {};
    QString out = translated(definition->title) + u" = "_s + translated(definition->formula);
    if (!definition->unit.empty())
        out += u" ["_s + translated(definition->unit) + u']';
    if (definition->better == Better::Lower)
        out += u'\n' + Words::tr("Lower is better.");
    else if (definition->better == Better::Higher)
        out += u'\n' + Words::tr("Higher is better.");
    if (!definition->hides.empty())
        out += u'\n' + Words::tr("Does not show: %1").arg(translated(definition->hides));
    return out;
}

QString missingReason(std::string_view key, const ErrorMetrics& metrics)
{
    const auto* definition = findDefinition(key);
    if (!definition || !definition->value || !std::isnan(metrics.*definition->value))
        return {};
    if (key == "sqnrDb")
        return sqnrReason(metrics);
    if (metrics.elements == 0)
        return Words::tr("There is no finite value to measure.");
    const std::string_view reason = key == "saturatedFraction" ? metrics.saturatedReason
                                    : key == "rmseSteps"       ? metrics.stepsReason
                                                               : std::string_view();
    if (!reason.empty())
        return Words::tr("Not defined here: %1.").arg(translated(reason));
    return Words::tr("All values are 0: there is nothing to compare with.");
}

QString readOut(double value, const QString& code, double quantized)
{
    const double error = quantized - value;
    return Words::tr("%1 → %2 → %3 (error %4)")
        .arg(number(value, 3), code, number(quantized, 3), signedNumber(error, 3));
}

} // namespace quantoscope::format
