// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/metriccards.h"

#include "core/quant/formats.h"
#include "ui/format.h"
#include "ui/theme.h"
#include "ui/views/answers.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"

#include <QEvent>
#include <QGridLayout>
#include <QRegularExpression>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr double valuePoints = 13;
constexpr double notePoints = 8;

QFont sized(QFont font, double points, QFont::Weight weight = QFont::Normal)
{
    font.setPointSizeF(points);
    font.setWeight(weight);
    return font;
}

QString tip(std::string_view key, const QString& value)
{
    return value + u"\n\n"_s + format::metricTooltip(key);
}

/// "4", "1.585": whole numbers as such.
QString shortBits(double bits)
{
    return bits == std::floor(bits) ? QString::number(bits) : format::number(bits, bits < 2 ? 4 : 3);
}

/// What goes with the scale of the one set shown.
QString oneScaleNote(const LevelGrid& grid)
{
    const SetParams& set = grid.set;
    if (grid.scheme.format == Format::Ternary)
        return MetricCards::tr("threshold %1").arg(format::number(double(set.threshold), 3));
    if (grid.scheme.format == Format::Binary)
        return MetricCards::tr("α = %1").arg(format::number(double(set.scale) / 2, 3));
    if (!grid.isUniform())
        return u"%1 … %2"_s.arg(format::number(double(grid.ends().lo), 3),
                                format::number(double(grid.ends().hi), 3));
    return hasOffset(grid.scheme) || set.offset != 0
               ? MetricCards::tr("offset %1").arg(format::number(double(set.offset), 3))
               : MetricCards::tr("zero point %1").arg(format::integer(set.zeroPoint));
}

/// "B 38.2 ▲ 6.4 better": B's number, whether it is more or less than A's, and whether that is good.
QString comparison(const QString& number, double difference, const QString& amount, Better better)
{
    const QString b = MetricCards::tr("B %1").arg(number);
    if (std::isnan(difference))
        return b;
    if (difference == 0)
        return MetricCards::tr("%1 = the same").arg(b);
    const bool more = difference > 0;
    const QString word = better == Better::Neither
                             ? (more ? MetricCards::tr("more") : MetricCards::tr("fewer"))
                         : more == (better == Better::Higher) ? MetricCards::tr("better")
                                                              : MetricCards::tr("worse");
    return QStringList{b, more ? u"▲"_s : u"▼"_s, amount, word}.filter(QRegularExpression(u"."_s)).join(u' ');
}

} // namespace

MetricCards::MetricCards(QWidget* parent) : QWidget(parent)
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(6);
    const std::array<std::pair<QString, const char*>, MetricCount> titles = {{
        {format::metricTitle("sqnrDb"), "sqnrCard"},
        {format::metricTitle("mse"), "mseCard"},
        {format::metricTitle("clippedFraction"), "clippedCard"},
        {format::metricTitle("levelsUsed"), "levelsCard"},
        {tr("Size"), "sizeCard"},
        {tr("Scale"), "scaleCard"},
    }};
    for (int i = 0; i < MetricCount; ++i) {
        const auto at = static_cast<std::size_t>(i);
        m_cells[at] = makeCell(titles[at].first, titles[at].second);
    }
    setColumns(2);
    setPicture(nullptr);
}

void MetricCards::setColumns(int columns)
{
    auto* grid = static_cast<QGridLayout*>(layout());
    for (int i = 0; i < MetricCount; ++i) {
        grid->addWidget(m_cells[static_cast<std::size_t>(i)].card, i / columns, i % columns);
        grid->setColumnStretch(i, i < columns ? 1 : 0);
    }
}

MetricCards::Cell MetricCards::makeCell(const QString& title, const char* objectName)
{
    Cell cell;
    cell.card = new Card(this);
    cell.card->setObjectName(QString::fromLatin1(objectName));
    cell.card->setAccessibleName(title);
    auto* layout = new QVBoxLayout(cell.card);
    layout->setContentsMargins(9, 6, 6, 6);
    layout->setSpacing(0);
    for (ElidedLabel** label : {&cell.title, &cell.value, &cell.note, &cell.other}) {
        *label = new ElidedLabel(cell.card);
        layout->addWidget(*label);
    }
    cell.title->setText(title);
    cell.title->setFont(sized(font(), notePoints));
    cell.title->setForegroundRole(QPalette::PlaceholderText);
    cell.value->setFont(sized(font(), valuePoints, QFont::DemiBold));
    cell.note->setFont(sized(font(), notePoints));
    cell.note->setForegroundRole(QPalette::PlaceholderText);
    cell.other->setFont(sized(font(), notePoints, QFont::DemiBold));
    cell.other->setObjectName(QString::fromLatin1(objectName) + u"B"_s);
    cell.other->hide();
    for (QWidget* answer : {static_cast<QWidget*>(cell.value), static_cast<QWidget*>(cell.note),
                            static_cast<QWidget*>(cell.other)})
        markAnswer(*answer);
    return cell;
}

void MetricCards::setCell(Metric metric, const QString& value, const QString& note, const QString& tooltip)
{
    Cell& cell = m_cells[metric];
    cell.value->setText(m_stale && m_picture ? u"≈ "_s + value : value);
    cell.note->setText(note);
    cell.card->setToolTip(tooltip);
    cell.card->setAccessibleDescription(value + u", "_s + note);
}

void MetricCards::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    m_picture = std::move(picture);
    if (!m_picture || !m_picture->detail.report.params) {
        for (int i = 0; i < MetricCount; ++i)
            setCell(static_cast<Metric>(i), format::missing(), u" "_s, {});
        m_cells[Clipped].title->setText(format::metricTitle("clippedFraction"));
        return updateOther();
    }
    updateSignal();
    updateClipped();
    updateLevels();
    updateSize();
    updateScale();
    updateOther();
}

void MetricCards::setPictureB(std::shared_ptr<const LayerPicture> picture)
{
    m_pictureB = std::move(picture);
    updateOther();
}

void MetricCards::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        updateOther();
}

void MetricCards::setStale(bool stale)
{
    if (stale == m_stale)
        return;
    m_stale = stale;
    for (Cell& cell : m_cells)
        cell.value->setEnabled(!stale);
    setPicture(m_picture);
}

void MetricCards::setOther(Metric metric, const QString& text, const QString& tooltip)
{
    Cell& cell = m_cells[metric];
    cell.other->setText(text);
    cell.other->setToolTip(tooltip);
    cell.other->setVisible(!text.isEmpty());
    QPalette colors = palette();
    const QColor orange = themeColors(colors).schemeB;
    if (cell.other->palette().color(QPalette::WindowText) != orange) {
        colors.setColor(QPalette::WindowText, orange);
        cell.other->setPalette(colors);
    }
    const QString before = cell.card->accessibleDescription().section(u"; B: "_s, 0, 0);
    cell.card->setAccessibleDescription(text.isEmpty() ? before : before + u"; B: "_s + text);
}

void MetricCards::updateOther()
{
    // Two numbers of different things are no comparison: B must show the same set of the same layer.
    const bool comparable = m_picture && m_pictureB && m_picture->detail.report.params
                            && m_pictureB->detail.report.params && m_picture->layer == m_pictureB->layer
                            && m_picture->detail.set == m_pictureB->detail.set;
    if (!comparable) {
        for (int i = 0; i < MetricCount; ++i)
            setOther(static_cast<Metric>(i), {}, {});
        return;
    }
    const ErrorMetrics& a = m_picture->detail.shown;
    const ErrorMetrics& b = m_pictureB->detail.shown;
    const LayerReport& reportA = m_picture->detail.report;
    const LayerReport& reportB = m_pictureB->detail.report;
    const double sqnr = b.sqnrDb - a.sqnrDb;
    setOther(
        Sqnr,
        comparison(format::decibelNumber(b.sqnrDb), sqnr, format::number(std::abs(sqnr), 2), Better::Higher),
        tr("SQNR under B: %1").arg(format::decibel(b.sqnrDb)));
    setOther(Mse, comparison(format::number(b.mse, 3), b.mse - a.mse, {}, Better::Lower),
             tr("MSE under B: %1").arg(format::exact(b.mse)));
    setOther(Clipped,
             comparison(format::percent(b.clippedFraction), b.clippedFraction - a.clippedFraction, {},
                        Better::Neither),
             tr("Clipped under B: %1").arg(format::percent(b.clippedFraction)));
    setOther(Levels,
             comparison(u"%1 / %2"_s.arg(format::count(b.levelsUsed), format::count(b.levels)),
                        double(b.levelsUsed) - double(a.levelsUsed), {}, Better::Neither),
             tr("Levels under B: %1 of %2").arg(format::count(b.levelsUsed), format::count(b.levels)));
    setOther(Size,
             comparison(format::bytes(reportB.bytes), double(reportB.bytes) - double(reportA.bytes), {},
                        Better::Lower),
             tr("Size under B: %1 bytes").arg(format::count(reportB.bytes)));
    const auto oneScale = [](const LayerPicture& picture) {
        return picture.setCount() == 1 && infoOf(picture.scheme().format).family != Family::Cast
               && infoOf(picture.scheme().format).family != Family::Fitted;
    };
    setOther(Scale,
             oneScale(*m_picture) && oneScale(*m_pictureB)
                 ? tr("B %1").arg(format::number(double(m_pictureB->detail.grid.set.scale)))
                 : tr("B %1 scales").arg(format::shortCount(m_pictureB->setCount())),
             tr("Scales under B"));
}

void MetricCards::updateSignal()
{
    const ErrorMetrics& metrics = m_picture->detail.shown;
    const QString reason = format::sqnrReason(metrics);
    setCell(Sqnr, format::decibel(metrics.sqnrDb),
            !reason.isEmpty() ? (metrics.sqnrReason == "exact" ? tr("exact: no error") : tr("no signal"))
                              : tr("%1 of the signal").arg(format::percent(metrics.relativeL2)),
            tip("sqnrDb", reason.isEmpty() ? tr("%1 dB").arg(format::exact(metrics.sqnrDb)) : reason));
    setCell(Mse, format::number(metrics.mse, 3), tr("max error %1").arg(format::number(metrics.maxError, 3)),
            tip("mse", format::exact(metrics.mse)));
}

void MetricCards::updateClipped()
{
    const ErrorMetrics& metrics = m_picture->detail.shown;
    const QString clipped = tr("%1 below, %2 above")
                                .arg(format::percent(metrics.clippedBelowFraction),
                                     format::percent(metrics.clippedAboveFraction));
    // Three levels clip most of what is not 0; how much becomes 0 is what matters there.
    if (m_picture->scheme().format == Format::Ternary) {
        m_cells[Clipped].title->setText(format::metricTitle("sparsity"));
        return setCell(Clipped, format::percent(metrics.sparsity),
                       tr("of %1 values").arg(format::count(metrics.elements)),
                       tip("sparsity", format::exact(metrics.sparsity)) + u"\n\n"_s
                           + format::metricTitle("clippedFraction") + u": "_s + clipped);
    }
    m_cells[Clipped].title->setText(format::metricTitle("clippedFraction"));
    setCell(Clipped, format::percent(metrics.clippedFraction),
            tr("of %1 values").arg(format::count(metrics.elements)), tip("clippedFraction", clipped));
}

void MetricCards::updateLevels()
{
    const ErrorMetrics& metrics = m_picture->detail.shown;
    const double most = metrics.levels > 0 ? std::log2(double(metrics.levels)) : 0;
    // Of very many levels the card has no room to say how many: the tooltip and the legend do.
    setCell(Levels,
            metrics.levels < 10'000
                ? u"%1 / %2"_s.arg(format::count(metrics.levelsUsed), format::count(metrics.levels))
                : format::count(metrics.levelsUsed),
            tr("entropy %1 / %2").arg(format::number(metrics.entropyBits, 3), shortBits(most)),
            tip("levelsUsed", tr("%1 of %2 levels occur. Entropy of the codes: %3 bit, of log2 %2 = %4")
                                  .arg(format::count(metrics.levelsUsed), format::count(metrics.levels),
                                       format::number(metrics.entropyBits, 4), format::number(most, 4)))
                + (metrics.entropyFewSamples ? u"\n"_s
                                                   + tr("Few values for so many levels: the entropy "
                                                        "is too low rather than too high.")
                                             : QString()));
}

void MetricCards::updateSize()
{
    const LayerReport& report = m_picture->detail.report;
    const double factor = report.bytes > 0 ? double(report.fp32Bytes) / double(report.bytes) : 0;
    setCell(
        Size, format::bytes(report.bytes),
        tr("%1 bit · %2×").arg(format::number(report.bitsPerWeight, 3), format::number(factor, 3)),
        tr("%1 → %2 bytes, %3 bits per weight.\nPacked codes plus the scale of every set, and its zero point "
           "or offset where the grid has one; code books with their levels, blocks as they are stored.")
            .arg(format::count(report.fp32Bytes), format::count(report.bytes),
                 format::number(report.bitsPerWeight, 4)));
}

void MetricCards::updateScale()
{
    const LayerReport& report = m_picture->detail.report;
    const auto& sets = report.params->sets;
    const Family family = infoOf(report.scheme.format).family;
    if (sets.empty() || family == Family::Cast)
        return setCell(Scale, format::missing(), sets.empty() ? u" "_s : tr("stored as they are"),
                       tr("Values are cast: there is no scale."));
    if (family == Family::Fitted)
        return setCell(Scale, format::missing(),
                       sets.size() == 1 ? tr("one code book")
                                        : tr("%1 code books").arg(format::shortCount(sets.size())),
                       tr("The levels are stored themselves, in float32: there is no scale."));
    const QString definition =
        tr("Scale: real units per step of the code, or what the levels of a table are multiplied with. One "
           "per tensor, channel, group or block.");
    if (sets.size() == 1 || m_picture->detail.set) {
        const LevelGrid& grid = m_picture->detail.grid;
        return setCell(Scale, format::number(double(grid.set.scale)), oneScaleNote(grid),
                       format::exact(double(grid.set.scale)) + u"\n\n"_s + definition);
    }
    const auto [smallest, largest] =
        std::minmax_element(sets.begin(), sets.end(), [](const SetParams& a, const SetParams& b) {
            return std::abs(a.scale) < std::abs(b.scale);
        });
    setCell(Scale, tr("%1 scales").arg(format::shortCount(sets.size())),
            u"%1 … %2"_s.arg(format::number(std::abs(double(smallest->scale)), 3),
                             format::number(std::abs(double(largest->scale)), 3)),
            tr("Scales s of %1 sets, by magnitude.").arg(format::count(sets.size())) + u"\n\n"_s
                + definition);
}

} // namespace quantoscope
