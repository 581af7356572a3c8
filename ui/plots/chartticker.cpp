// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartticker.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString superscript(int number)
{
    static const QString digits = u"⁰¹²³⁴⁵⁶⁷⁸⁹"_s;
    QString result = number < 0 ? u"⁻"_s : QString();
    for (const QChar digit : QString::number(std::abs(number)))
        result += digits[digit.digitValue()];
    return result;
}

} // namespace

QString tickText(double value, bool log)
{
    if (value == 0)
        return u"0"_s;
    const double exponent = std::log10(std::abs(value));
    const double whole = std::round(exponent);
    if (log && std::abs(exponent - whole) < 1e-9 && std::abs(whole) >= 4)
        return (value < 0 ? u"−10"_s : u"10"_s) + superscript(static_cast<int>(whole));
    QString text = QString::number(value, 'g', 6);
    if (const auto at = text.indexOf(u'e'); at >= 0)
        text = text.left(at) + u"·10"_s + superscript(text.mid(at + 1).toInt());
    return text.replace(u'-', QChar(0x2212));
}

void ChartTicker::setAxis(const ChartAxis& axis, bool log, Qt::Orientation orientation)
{
    m_names = axis.ticks;
    m_integers = axis.integers;
    m_log = log;
    m_orientation = orientation;
}

bool ChartTicker::setRoom(double length, double across, const QFont& font)
{
    if (length == m_length && across == m_across && font == m_font)
        return false;
    m_length = length;
    m_across = across;
    m_font = font;
    return true;
}

QString ChartTicker::nameAt(const ChartAxis& axis, double value)
{
    const auto nearest =
        std::min_element(axis.ticks.begin(), axis.ticks.end(), [&](const auto& a, const auto& b) {
            return std::abs(a.first - value) < std::abs(b.first - value);
        });
    if (nearest == axis.ticks.end() || std::abs(nearest->first - value) > 0.5)
        return {};
    return nearest->second;
}

int ChartTicker::roomFor(double each) const
{
    return std::max(2, static_cast<int>(m_length / std::max(each, 1.0)));
}

double ChartTicker::getTickStep(const QCPRange& range)
{
    const QFontMetricsF metrics(m_font);
    const double each = m_orientation == Qt::Vertical ? metrics.height() * 2.4
                                                      : metrics.horizontalAdvance(u"−0.0000"_s) * 1.5;
    setTickCount(std::clamp(roomFor(each), 2, 9));
    const double step = QCPAxisTicker::getTickStep(range);
    return m_integers ? std::max(1.0, std::ceil(step)) : step;
}

QVector<double> ChartTicker::createTickVector(double tickStep, const QCPRange& range)
{
    if (!m_names.empty())
        return nameTicks(range);
    if (m_log && range.lower > 0)
        return logTicks(range);
    return QCPAxisTicker::createTickVector(tickStep, range);
}

QVector<double> ChartTicker::logTicks(const QCPRange& range) const
{
    const double decades = std::log10(range.upper / range.lower);
    const QFontMetricsF metrics(m_font);
    const double each = m_orientation == Qt::Vertical ? metrics.height() * 1.8
                                                      : metrics.horizontalAdvance(u"−0.0000"_s) * 1.4;
    const int room = roomFor(each);
    QVector<double> ticks;
    const int first = static_cast<int>(std::floor(std::log10(range.lower)));
    const int last = static_cast<int>(std::ceil(std::log10(range.upper)));
    const int stride = std::max(1, static_cast<int>(std::ceil(decades / room)));
    // Within little more than a decade, powers of ten alone would be one tick or none.
    const bool between = decades < 1.6 || (decades < 3 && room > 3 * decades);
    for (int power = first; power <= last; ++power) {
        if (!between && power % stride != 0)
            continue;
        const double ten = std::pow(10.0, power);
        for (const double times : {1.0, 2.0, 5.0})
            if ((times == 1 || between) && range.contains(ten * times))
                ticks.append(ten * times);
    }
    if (ticks.size() < 2 && m_length > 40) {
        for (int i = 0; i < 3; ++i)
            ticks.append(
                QString::number(range.lower * std::pow(range.upper / range.lower, 0.1 + 0.4 * i), 'g', 2)
                    .toDouble());
        std::sort(ticks.begin(), ticks.end());
        ticks.erase(std::unique(ticks.begin(), ticks.end()), ticks.end());
    }
    return ticks;
}

QVector<double> ChartTicker::nameTicks(const QCPRange& range) const
{
    const QFontMetricsF metrics(m_font);
    std::vector<double> seen;
    double widest = 0;
    for (const auto& [at, name] : m_names) {
        if (!range.contains(at))
            continue;
        seen.push_back(at);
        widest = std::max(widest, std::min(metrics.horizontalAdvance(name), m_across));
    }
    const double each = m_orientation == Qt::Vertical ? metrics.height() * 1.05 : widest + 8;
    // Names stand where their values are: the closest two decide how many fit.
    const double pixels =
        m_length * (seen.empty() ? 0 : double(seen.size()) / std::max(range.size(), 1e-300));
    const double perName =
        seen.size() > 1 ? (seen.back() - seen.front()) / double(seen.size() - 1) * m_length / range.size()
                        : std::max(pixels, each);
    const auto stride = static_cast<std::size_t>(std::max(1.0, std::ceil(each / std::max(perName, 1e-9))));
    QVector<double> ticks;
    for (std::size_t i = 0; i < seen.size(); i += stride)
        ticks.append(seen[i]);
    return ticks;
}

QString ChartTicker::getTickLabel(double tick, const QLocale&, QChar, int)
{
    if (m_names.empty())
        return tickText(tick, m_log);
    for (const auto& [at, name] : m_names)
        if (at == tick)
            return QFontMetricsF(m_font).elidedText(name, Qt::ElideMiddle, m_across);
    return {};
}

} // namespace quantoscope
