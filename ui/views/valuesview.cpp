// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/valuesview.h"

#include "ui/focusbus.h"
#include "ui/format.h"
#include "ui/models/schemechoices.h"
#include "ui/plots/chartview.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/card.h"
#include "ui/views/detailcharts.h"
#include "ui/views/elidedlabel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QSpinBox>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QWidget* onCard(QWidget* plot)
{
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->addWidget(plot);
    return card;
}

/// Integers by their code, floats by their bits, levels of a book by their number.
QString codeText(const LayerPicture& picture, int code)
{
    const Scheme& scheme = picture.scheme();
    if (picture.detail.grid.isUniform())
        return ValuesView::tr("q %1").arg(format::integer(code));
    const bool isFloat = formatGroupOf(scheme.format) == FormatGroup::Floats;
    if (!isFloat)
        return ValuesView::tr("level %1").arg(code);
    const int digits = (scheme.bits + 3) / 4;
    return u"0x"_s + QString::number(code, 16).rightJustified(digits, u'0').toUpper();
}

} // namespace

ValuesView::ValuesView(QWidget* parent)
    : QWidget(parent), m_histogram(new HistogramPlot), m_staircase(new ChartView), m_details(new DetailCharts)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 8);
    layout->setSpacing(6);
    layout->addWidget(buildHeader());
    layout->addWidget(buildPlots(), 1);
    connect(m_histogram, &HistogramPlot::hovered, this, &ValuesView::setHover);
    connect(m_histogram, &HistogramPlot::clicked, this, [this](double value) {
        if (m_bus && m_picture)
            m_bus->setPinned(focusOf(value));
    });
    m_staircase->nameCanvas(u"staircaseCanvas"_s);
    connect(m_staircase, &ChartView::hovered, this, [this](std::size_t, std::optional<QPointF> place) {
        setHover(place ? std::optional(place->x()) : std::nullopt);
    });
    // Zoomed in, the staircase is drawn anew with all the detail of the part in sight.
    connect(m_staircase, &ChartView::viewChanged, this, [this](std::size_t panel, const QRectF& part) {
        if (panel == 0)
            stairsMoved(part);
    });
    connect(m_details, &DetailCharts::codeHovered, this, [this](std::optional<int> code) {
        const bool known = code && m_picture && hasLevels(*m_picture);
        const double value = known ? double(m_picture->detail.grid.valueOf(*code)) : 0;
        setHover(known && std::isfinite(value) ? std::optional(value) : std::nullopt);
    });
    setMessage({});
}

QWidget* ValuesView::buildHeader()
{
    auto* header = new QWidget;
    auto* rows = new QVBoxLayout(header);
    rows->setContentsMargins(4, 0, 2, 0);
    rows->setSpacing(1);
    auto* top = new QHBoxLayout;
    m_name = new ElidedLabel;
    QFont big = font();
    big.setPointSizeF(12);
    big.setWeight(QFont::DemiBold);
    m_name->setFont(big);
    top->addWidget(m_name, 1);
    top->addWidget(buildChooser());
    m_snap = new QPushButton(tr("Snap to &Best"));
    m_snap->setObjectName(u"snapButton"_s);
    m_snap->setEnabled(false);
    top->addWidget(m_snap);
    connect(m_snap, &QPushButton::clicked, this, [this] {
        if (m_best)
            emit rangeChosen(*m_best);
    });
    m_facts = new ElidedLabel;
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_edge = new QLabel;
    m_edge->setObjectName(u"edgeSentence"_s);
    m_edge->setTextFormat(Qt::PlainText);
    m_edge->setWordWrap(true);
    m_edge->setForegroundRole(QPalette::BrightText);
    rows->addLayout(top);
    rows->addWidget(m_facts);
    rows->addWidget(m_edge);
    return header;
}

QWidget* ValuesView::buildChooser()
{
    auto* chooser = new QWidget;
    auto* row = new QHBoxLayout(chooser);
    row->setContentsMargins(0, 0, 0, 0);
    m_setLabel = new QLabel(tr("S&how"));
    m_set = new QSpinBox;
    m_set->setObjectName(u"setSpin"_s);
    m_set->setAccessibleName(tr("Channel or group shown"));
    m_set->setKeyboardTracking(false);
    m_set->setMinimumWidth(170);
    m_setLabel->setBuddy(m_set);
    m_axis = new QComboBox;
    m_axis->setObjectName(u"setAxis"_s);
    m_axis->setAccessibleName(tr("Axis of all channels or groups"));
    m_axis->addItem(tr("as x / s"));
    m_axis->addItem(tr("as values"));
    m_axis->setItemData(0, tr("Each value in steps of its own scale: exact for all at once"),
                        Qt::ToolTipRole);
    m_axis->setItemData(1, tr("The values themselves, and the band in which the limits lie"),
                        Qt::ToolTipRole);
    row->addWidget(m_setLabel);
    row->addWidget(m_set);
    row->addWidget(m_axis);
    connect(m_set, &QSpinBox::valueChanged, this, [this](int value) {
        if (!m_showing)
            emit setChosen(value == 0 ? std::nullopt : std::optional(static_cast<std::size_t>(value - 1)));
    });
    connect(m_axis, &QComboBox::activated, this, [this] { emit inValuesChosen(inValues()); });
    return chooser;
}

bool ValuesView::inValues() const { return m_axis->currentIndex() == 1; }

void ValuesView::setInValues(bool inValues) { m_axis->setCurrentIndex(inValues ? 1 : 0); }

QWidget* ValuesView::buildPlots()
{
    auto* plots = new QWidget;
    auto* rows = new QVBoxLayout(plots);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(8);
    rows->addWidget(onCard(m_histogram), 10);
    auto* lower = new QHBoxLayout;
    lower->setSpacing(8);
    lower->addWidget(onCard(m_staircase), 1);
    lower->addWidget(onCard(m_details), 1);
    rows->addLayout(lower, 9);
    return plots;
}

void ValuesView::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    const bool sameLayer = m_picture && picture && m_picture->network == picture->network
                           && m_picture->layer == picture->layer
                           && m_picture->detail.report.scheme.granularity == picture->scheme().granularity
                           && m_picture->detail.report.issue == picture->detail.report.issue;
    const bool sameAxis = sameLayer && m_picture->detail.set == picture->detail.set
                          && m_picture->detail.normalized == picture->detail.normalized;
    m_picture = std::move(picture);
    m_histogram->setPicture(m_picture);
    m_details->setPicture(m_picture);
    if (!sameAxis)
        m_stairs = {};
    showStaircase();
    if (!sameAxis && m_picture && !m_staircase->areAxesFixed())
        m_staircase->fit();
    showChooser();
    if (!sameLayer)
        showBest({});
    if (!m_picture || sameLayer)
        return;
    m_name->setText(format::text(m_picture->info().name));
    m_facts->setText(factsLine());
    const QString edge = edgeSentence();
    m_edge->setText(edge);
    m_edge->setVisible(!edge.isEmpty());
    m_histogram->setMessage(m_picture->stats.extremes.finite == 0 ? tr("No finite value to show")
                                                                  : QString());
}

void ValuesView::setMessage(const QString& message)
{
    setPicture(nullptr);
    m_name->setText(u" "_s);
    m_facts->setText(u" "_s);
    m_edge->hide();
    m_histogram->setMessage(message);
}

void ValuesView::setTitle(const QString& title) { m_name->setText(title); }

void ValuesView::setStale(bool stale)
{
    m_histogram->setStale(stale);
    m_staircase->setStale(stale);
}

void ValuesView::setPictureB(std::shared_ptr<const LayerPicture> picture)
{
    if (picture == m_pictureB)
        return;
    m_pictureB = std::move(picture);
    m_histogram->setPictureB(m_pictureB);
    showStaircase();
}

void ValuesView::setExtras(const ValuesExtras& extras)
{
    m_details->setExtras(extras);
    showBest(extras);
}

void ValuesView::setFocusBus(FocusBus* bus)
{
    m_bus = bus;
    connect(bus, &FocusBus::changed, this, &ValuesView::showFocus);
}

void ValuesView::fit()
{
    m_histogram->fit();
    m_staircase->fit();
    m_details->chartView()->fit();
}

void ValuesView::showStaircase()
{
    if (!m_picture)
        return m_staircase->setChart(nullptr);
    // The part in sight alone, where it is not all.
    m_staircase->setChart(std::make_shared<const Chart>(
        m_stairs.isNull() ? staircaseChart(*m_picture, m_pictureB.get())
                          : staircaseChart(*m_picture, m_pictureB.get(), m_stairs.left(), m_stairs.right())));
}

void ValuesView::stairsMoved(const QRectF& part)
{
    const ChartAxis& whole = m_staircase->chart()->panels.front().x;
    const double close = (whole.hi - whole.lo) * 1e-6;
    const bool all = std::abs(part.left() - whole.lo) < close && std::abs(part.right() - whole.hi) < close;
    const QRectF now = all ? QRectF() : part;
    if (now.left() == m_stairs.left() && now.right() == m_stairs.right())
        return;
    m_stairs = now;
    showStaircase();
}

void ValuesView::showBest(const ValuesExtras& extras)
{
    m_best.reset();
    std::optional<ClipRatio> ratio;
    const bool ofThis = extras.clip && m_picture && !extras.clip->curves.empty()
                        && extras.clip->curves.front().bits == m_picture->scheme().bits;
    if (ofThis && !extras.clip->curves.front().points.empty()) {
        const ClipCurve& curve = extras.clip->curves.front();
        const double best = curve.points[curve.best].ratio;
        ratio = ClipRatio{best, extras.clip->presentRatio};
        const RangeRule rule = best == 1 ? RangeRule{} : RangeRule{RangeRule::Kind::Ratio, best, 0};
        if (!(m_picture->scheme().range == rule))
            m_best = rule;
        m_snap->setToolTip(
            tr("Clip every set at %1 of its own minimum and maximum: the least mean squared error, %2")
                .arg(format::number(best), format::number(curve.points[curve.best].mse, 3)));
    } else {
        m_snap->setToolTip(tr("The limits with the least mean squared error"));
    }
    m_snap->setEnabled(m_best.has_value());
    m_histogram->setBest(m_best ? ratio : std::nullopt);
}

Focus ValuesView::focusOf(double value) const
{
    Focus focus;
    focus.value = value;
    if (hasLevels(*m_picture)) {
        const QuantizedPoint point = quantizePoint(*m_picture, value);
        if (!std::isnan(point.value))
            focus.code = point.code;
    }
    if (m_picture->scheme().granularity.kind == Granularity::Kind::Channel)
        focus.channel = m_picture->detail.set;
    return focus;
}

void ValuesView::setHover(std::optional<double> value)
{
    const bool known = value && m_picture;
    if (m_bus)
        m_bus->setHover(known ? focusOf(*value) : Focus{});
    else
        showFocus();
    emit hoverChanged(known && m_picture->detail.report.params ? readOutOf(*value) : QString());
}

/// What is at the pointer, here or in another view.
void ValuesView::showFocus()
{
    const Focus focus = m_bus ? m_bus->shown() : Focus{};
    std::optional<double> value = m_picture ? focus.value : std::nullopt;
    if (m_picture && !value && focus.code && hasLevels(*m_picture)) {
        const float level = m_picture->detail.grid.valueOf(*focus.code);
        if (std::isfinite(level))
            value = static_cast<double>(level);
    }
    m_histogram->setHover(value);
    m_staircase->setMark(value);
    m_details->setHover(focus.code);
}

QString ValuesView::readOutOf(double value) const
{
    if (!hasLevels(*m_picture))
        return {}; // levels of its own in every set
    const QuantizedPoint point = quantizePoint(*m_picture, value);
    if (std::isnan(point.value))
        return {};
    const QString text = format::readOut(value, codeText(*m_picture, point.code), point.value);
    if (!m_picture->detail.normalized)
        return text;
    return m_picture->detail.grid.isUniform() ? tr("in steps: %1").arg(text) : tr("x / s: %1").arg(text);
}

void ValuesView::showChooser()
{
    const std::size_t sets = m_picture ? m_picture->setCount() : 0;
    const bool visible = sets > 1;
    m_set->setVisible(visible);
    m_setLabel->setVisible(visible);
    m_axis->setVisible(visible && !m_picture->detail.set);
    if (!visible)
        return;
    const QScopedValueRollback guard(m_showing, true);
    const bool channels = m_picture->scheme().granularity.kind == Granularity::Kind::Channel;
    m_set->setSpecialValueText(channels ? tr("all %1 channels").arg(format::count(sets))
                                        : tr("all %1 groups").arg(format::count(sets)));
    m_set->setPrefix(channels ? tr("channel ") : tr("group "));
    m_set->setSuffix(tr(" of %1").arg(format::count(sets)));
    m_set->setRange(0, static_cast<int>(std::min<std::size_t>(sets, std::numeric_limits<int>::max())));
    const auto set = m_picture->detail.set;
    m_set->setValue(set ? static_cast<int>(*set) + 1 : 0);
    m_set->setToolTip(channels ? tr("All channels at once, or one channel in its own values")
                               : tr("All groups at once, or one group in its own values"));
}

QString ValuesView::factsLine() const
{
    const Layer& layer = m_picture->info();
    const Weight& weight = m_picture->network->weightOf(layer);
    const ValueStats& stats = m_picture->stats;
    QStringList facts{format::kindName(layer.kind), format::shape(weight.data.shape)};
    if (stats.extremes.finite > 0) {
        facts << format::interval(double(stats.extremes.min), double(stats.extremes.max))
              << tr("σ %1").arg(format::number(stats.std, 3));
        if (!std::isnan(stats.absmaxPerSigma))
            facts << tr("max %1 σ").arg(format::number(stats.absmaxPerSigma, 3));
        if (!std::isnan(stats.channelRangeRatio) && stats.channelRangeRatio > 1)
            facts << tr("channels 1 : %1").arg(format::number(stats.channelRangeRatio, 3));
    }
    return facts.join(u" · "_s);
}

QString ValuesView::edgeSentence() const
{
    const Weight& weight = m_picture->network->weightOf(m_picture->info());
    const Extremes& extremes = m_picture->stats.extremes;
    QStringList sentences;
    if (weight.data.size() == 0)
        sentences << tr("This tensor is empty: there is nothing to quantize.");
    else if (extremes.finite == 0)
        sentences << tr("No value of this tensor is finite: there is nothing to quantize.");
    else if (extremes.min == 0 && extremes.max == 0)
        sentences << tr("All values are 0: every scheme is exact here.");
    else if (extremes.min == extremes.max)
        sentences << tr("All values are the same: %1.").arg(format::exact(double(extremes.min)));
    if (extremes.nan + extremes.inf > 0)
        sentences << tr("▲ %1 NaN and %2 infinite values are counted and left out.")
                         .arg(format::count(extremes.nan), format::count(extremes.inf));
    if (weight.stored)
        sentences << tr("Stored quantized: %1. What you see quantizes the stored values again.")
                         .arg(format::text(weight.stored->description()));
    if (!m_picture->detail.report.issue.empty())
        sentences << format::text(m_picture->detail.report.issue);
    return sentences.join(u' ');
}

} // namespace quantoscope
