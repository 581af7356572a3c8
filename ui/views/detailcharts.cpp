// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/detailcharts.h"

#include "ui/plots/chartview.h"
#include "ui/views/elidedlabel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int widest = 16; ///< of the curve over bits

Chart waiting(const QString& title, const QString& sentence)
{
    Chart chart;
    chart.title = title;
    chart.message = sentence;
    return chart;
}

} // namespace

DetailCharts::DetailCharts(QWidget* parent)
    : QWidget(parent), m_kind(new QComboBox), m_allWidths(new QCheckBox(tr("All &widths"))),
      m_note(new ElidedLabel), m_chart(new ChartView)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    m_kind->setObjectName(u"detailKind"_s);
    m_kind->setAccessibleName(tr("Chart shown"));
    const std::pair<Kind, QString> kinds[] = {
        {Kind::ErrorOverBits, tr("Error by bit width")}, {Kind::ClipCurve, tr("Clip curve")},
        {Kind::FormatRuler, tr("Format ruler")},         {Kind::ErrorOverMagnitude, tr("Error against |x|")},
        {Kind::StepError, tr("Error within a step")},    {Kind::Occupancy, tr("Use of the codes")}};
    for (const auto& [kind, text] : kinds)
        m_kind->addItem(text, static_cast<int>(kind));
    m_allWidths->setObjectName(u"allWidthsCheck"_s);
    m_allWidths->setToolTip(tr("Clip curves of 2 to 8 bits besides that of the present width"));
    m_note->setForegroundRole(QPalette::PlaceholderText);
    row->addWidget(m_kind);
    row->addWidget(m_allWidths);
    row->addWidget(m_note, 1);
    layout->addLayout(row);
    layout->addWidget(m_chart, 1);
    m_chart->setTitleVisible(false);
    m_chart->nameCanvas(u"errorCanvas"_s);
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this] {
        showKind();
        emit kindChanged();
    });
    connect(m_allWidths, &QCheckBox::toggled, this, &DetailCharts::kindChanged);
    connect(m_chart, &ChartView::readOutChanged, m_note, &ElidedLabel::setText);
    const auto choose = [this](double bits) {
        if (kind() == Kind::ErrorOverBits)
            emit bitsChosen(std::clamp(static_cast<int>(std::lround(bits)), 1, widest));
    };
    connect(m_chart, &ChartView::clicked, this, [choose](std::size_t, QPointF place) { choose(place.x()); });
    connect(m_chart, &ChartView::pointClicked, this,
            [choose](std::size_t, std::size_t, std::size_t key) { choose(static_cast<double>(key)); });
    connect(m_chart, &ChartView::hovered, this, [this](std::size_t, std::optional<QPointF> place) {
        if (kind() == Kind::Occupancy)
            emit codeHovered(place ? std::optional(static_cast<int>(std::lround(place->x()))) : std::nullopt);
    });
    showKind();
}

DetailCharts::Kind DetailCharts::kind() const { return static_cast<Kind>(m_kind->currentData().toInt()); }

void DetailCharts::setKind(Kind kind) { m_kind->setCurrentIndex(m_kind->findData(static_cast<int>(kind))); }

bool DetailCharts::wantsAllWidths() const { return m_allWidths->isChecked(); }

void DetailCharts::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    const bool otherLayer = !picture || !m_picture || picture->network != m_picture->network
                            || picture->layer != m_picture->layer;
    m_picture = std::move(picture);
    if (otherLayer) {
        m_extras = {};
        m_issue.clear();
        m_sweep.reset();
    }
    // The other charts wait for their extras, which are made for this picture.
    if (otherLayer || kind() == Kind::ErrorOverBits)
        showKind();
    else
        showStale();
}

void DetailCharts::setSweep(std::shared_ptr<const std::vector<SweepPoint>> sweep)
{
    m_sweep = std::move(sweep);
    if (kind() == Kind::ErrorOverBits)
        showKind();
}

void DetailCharts::setSweepStale(bool stale)
{
    m_sweepStale = stale;
    showStale();
}

void DetailCharts::setExtras(const ValuesExtras& extras)
{
    m_extras = extras;
    m_issue.clear();
    m_extrasStale = false;
    showKind();
}

void DetailCharts::setExtrasStale(bool stale)
{
    m_extrasStale = stale;
    showStale();
}

void DetailCharts::setIssue(const QString& issue)
{
    m_issue = issue;
    m_extras = {};
    m_extrasStale = false;
    showKind();
}

void DetailCharts::setHover(std::optional<int> code)
{
    const bool codes = kind() == Kind::Occupancy;
    m_chart->setMark(codes && code ? std::optional(double(*code)) : std::nullopt);
}

bool DetailCharts::isStale() const
{
    return m_chart->chart() && m_chart->chart()->message.isEmpty()
           && (kind() == Kind::ErrorOverBits ? m_sweepStale : m_extrasStale);
}

void DetailCharts::showStale()
{
    m_chart->setStale(isStale());
    if (isStale())
        m_note->setText(tr("≈ recomputing"));
    else if (m_note->text().startsWith(u'≈'))
        m_note->setText({});
}

void DetailCharts::showKind()
{
    m_allWidths->setVisible(kind() == Kind::ClipCurve);
    m_chart->setChart(m_picture ? std::make_shared<const Chart>(chart()) : nullptr);
    showStale();
}

Chart DetailCharts::chart() const
{
    const auto made = [this](const auto& part, auto function) {
        if (!m_issue.isEmpty())
            return waiting(m_kind->currentText(), m_issue);
        return part ? function(*part) : waiting(m_kind->currentText(), tr("Computing…"));
    };
    switch (kind()) {
    case Kind::ErrorOverBits:
        return m_sweep ? errorOverBitsChart(m_picture->detail.report, *m_sweep, m_extras.sweepB.get())
                       : waiting(m_kind->currentText(), tr("Computing…"));
    case Kind::ClipCurve:
        return made(m_extras.clip, clipCurveChart);
    case Kind::FormatRuler:
        return made(m_extras.ruler, formatRulerChart);
    case Kind::ErrorOverMagnitude:
        return made(m_extras.profile, errorOverMagnitudeChart);
    case Kind::StepError:
        return made(m_extras.profile, stepErrorChart);
    case Kind::Occupancy:
        return made(m_extras.profile, occupancyChart);
    }
    return {};
}

} // namespace quantoscope
