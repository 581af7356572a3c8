// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/valuesview.h"

#include "ui/format.h"
#include "ui/models/schemechoices.h"
#include "ui/plots/errorcurveplot.h"
#include "ui/plots/histogramplot.h"
#include "ui/plots/staircaseplot.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"

#include <QHBoxLayout>
#include <QLabel>
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
    : QWidget(parent), m_histogram(new HistogramPlot), m_staircase(new StaircasePlot),
      m_errorCurve(new ErrorCurvePlot)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 8);
    layout->setSpacing(6);
    layout->addWidget(buildHeader());
    layout->addWidget(buildPlots(), 1);
    connect(m_histogram, &HistogramPlot::hovered, this, &ValuesView::setHover);
    connect(m_staircase, &StaircasePlot::hovered, this, &ValuesView::setHover);
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
    m_setLabel = new QLabel(tr("S&how"));
    m_set = new QSpinBox;
    m_set->setObjectName(u"setSpin"_s);
    m_set->setAccessibleName(tr("Channel or group shown"));
    m_set->setKeyboardTracking(false);
    m_set->setMinimumWidth(190);
    m_setLabel->setBuddy(m_set);
    top->addWidget(m_name, 1);
    top->addWidget(m_setLabel);
    top->addWidget(m_set);
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
    connect(m_set, &QSpinBox::valueChanged, this, [this](int value) {
        if (!m_showing)
            emit setChosen(value == 0 ? std::nullopt : std::optional(static_cast<std::size_t>(value - 1)));
    });
    return header;
}

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
    lower->addWidget(onCard(m_errorCurve), 1);
    rows->addLayout(lower, 9);
    return plots;
}

void ValuesView::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    const bool sameLayer = m_picture && picture && m_picture->network == picture->network
                           && m_picture->layer == picture->layer
                           && m_picture->detail.report.scheme.granularity == picture->scheme().granularity
                           && m_picture->detail.report.issue == picture->detail.report.issue;
    m_picture = std::move(picture);
    m_histogram->setPicture(m_picture);
    m_staircase->setPicture(m_picture);
    m_errorCurve->setReport(m_picture ? &m_picture->detail.report : nullptr);
    m_errorCurve->setOneSetShown(m_picture && m_picture->detail.set);
    showChooser();
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
    m_errorCurve->setSweep(nullptr);
    m_name->setText(u" "_s);
    m_facts->setText(u" "_s);
    m_edge->hide();
    m_histogram->setMessage(message);
}

void ValuesView::setTitle(const QString& title) { m_name->setText(title); }

void ValuesView::setStale(bool stale) { m_histogram->setStale(stale); }

void ValuesView::fit()
{
    m_histogram->fit();
    m_staircase->fit();
}

void ValuesView::setHover(std::optional<double> value)
{
    m_histogram->setHover(value);
    m_staircase->setHover(value);
    if (!value || !m_picture || !m_picture->detail.report.params)
        return emit hoverChanged({});
    const QuantizedPoint point = quantizePoint(*m_picture, *value);
    if (std::isnan(point.value))
        return emit hoverChanged({}); // levels of its own in every set
    const QString text = format::readOut(*value, codeText(*m_picture, point.code), point.value);
    const bool even = m_picture->detail.grid.isUniform();
    emit hoverChanged(!m_picture->detail.normalized ? text
                      : even                        ? tr("in steps: %1").arg(text)
                                                    : tr("x / s: %1").arg(text));
}

void ValuesView::showChooser()
{
    const std::size_t sets = m_picture ? m_picture->setCount() : 0;
    const bool visible = sets > 1;
    m_set->setVisible(visible);
    m_setLabel->setVisible(visible);
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
    m_set->setToolTip(
        channels
            ? tr("All channels at once are drawn in steps of their own scale; one channel in its own values")
            : tr("All groups at once are drawn in steps of their own scale; one group in its own values"));
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
