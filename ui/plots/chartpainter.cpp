// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartpainter.h"

#include "ui/plots/chartelements.h"
#include "ui/plots/chartticker.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

/// The line of the linked hover.
class MarkItem : public QCPAbstractItem
{
public:
    MarkItem(QCustomPlot& plot, QCPAxisRect& rect) : QCPAbstractItem(&plot), m_rect(&rect)
    {
        setClipAxisRect(&rect);
        setSelectable(false);
        setVisible(false);
    }
    void set(double value, const QPen& pen)
    {
        m_value = value;
        m_pen = pen;
    }
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override
    {
        const double x = std::round(m_rect->axis(QCPAxis::atBottom)->coordToPixel(m_value));
        painter->setAntialiasing(false);
        painter->setPen(m_pen);
        painter->drawLine(QLineF(x, m_rect->top(), x, m_rect->bottom()));
    }

private:
    QCPAxisRect* m_rect;
    double m_value = 0;
    QPen m_pen;
};

/// The objects of one panel, made once for a structure.
struct Parts
{
    QCPAxisRect* rect = nullptr;
    PanelItem* item = nullptr;
    FrameItem* frame = nullptr;
    MarkItem* mark = nullptr;
    QSharedPointer<ChartTicker> tickX;
    QSharedPointer<ChartTicker> tickY;
    std::size_t leadX = 0; ///< panel whose x axis this one follows; itself where none
    std::size_t leadY = 0;
    bool labelX = true; ///< no panel below shares the x axis
    bool labelY = true;
    QString titleX;
    QString titleY;

    QCPAxis& x() const { return *rect->axis(QCPAxis::atBottom); }
    QCPAxis& y() const { return *rect->axis(QCPAxis::atLeft); }
};

/// What the objects depend on.
QList<double> structureOf(const Chart& chart)
{
    QList<double> result;
    for (const ChartPanel& panel : chart.panels)
        result << double(panel.row) << double(panel.column) << double(panel.shareXAbove)
               << double(panel.shareYLeft);
    return result;
}

/// The panel before this one in its column (or row), or itself.
std::size_t neighbour(const Chart& chart, std::size_t index, bool above)
{
    const ChartPanel& panel = chart.panels[index];
    std::size_t best = index;
    for (std::size_t i = 0; i < chart.panels.size(); ++i) {
        const ChartPanel& other = chart.panels[i];
        const bool before = above ? other.column == panel.column && other.row < panel.row
                                  : other.row == panel.row && other.column < panel.column;
        const auto place = [&](std::size_t at) {
            return above ? chart.panels[at].row : chart.panels[at].column;
        };
        if (before && (best == index || place(i) > place(best)))
            best = i;
    }
    return best;
}

void setLogScale(QCPAxis& axis, bool log)
{
    axis.setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
}

} // namespace

struct ChartPainter::Private
{
    QCustomPlot& plot;
    QObject context; ///< of connections: gone with the painter
    HeaderElement* header;
    QCPLayoutGrid* grid;
    CaptionElement* caption;
    MessageItem* message;
    QCPLayer* markLayer;
    std::vector<Parts> panels;
    QList<QCPMarginGroup*> margins; ///< of the rows and columns of panels
    QList<double> structure;
    ChartStyle style;
    std::optional<bool> log;
    std::optional<double> mark;
    bool faint = false;
    bool inLayout = false;

    explicit Private(QCustomPlot& onto);
    void build(const Chart& chart);
    void link(std::size_t index, std::size_t lead, bool xAxis);
    void clear();
    void styleAxis(QCPAxis& axis, const ChartAxis& data, bool labels) const;
    void showPanel(Parts& parts, const ChartPanel& panel);
    void layOut();
    bool giveRoom(const Parts& parts) const;
    void moveMark();
};

ChartPainter::Private::Private(QCustomPlot& onto)
    : plot(onto), header(new HeaderElement(&onto)), grid(new QCPLayoutGrid),
      caption(new CaptionElement(&onto))
{
    plot.plotLayout()->clear();
    plot.plotLayout()->setRowSpacing(0);
    plot.plotLayout()->addElement(0, 0, header);
    plot.plotLayout()->addElement(1, 0, grid);
    plot.plotLayout()->addElement(2, 0, caption);
    // QCustomPlot gives rows without a stretch at least one pixel; header and caption bound themselves.
    plot.plotLayout()->setRowStretchFactors({0.001, 1, 0.001});
    grid->setRowSpacing(2);
    grid->setColumnSpacing(2);
    message = new MessageItem(plot);
    message->setVisible(false);
    plot.addLayer(u"mark"_s);
    markLayer = plot.layer(u"mark"_s);
    markLayer->setMode(QCPLayer::lmBuffered);
    QObject::connect(&plot, &QCustomPlot::afterLayout, &context, [this] { layOut(); });
}

void ChartPainter::Private::clear()
{
    for (const Parts& parts : panels) {
        plot.removeItem(parts.item);
        plot.removeItem(parts.frame);
        plot.removeItem(parts.mark);
    }
    panels.clear();
    grid->clear();
    qDeleteAll(margins);
    margins.clear();
    structure.clear();
}

void ChartPainter::Private::build(const Chart& chart)
{
    clear();
    structure = structureOf(chart);
    QMap<std::size_t, QCPMarginGroup*> columns;
    QMap<std::size_t, QCPMarginGroup*> rows;
    for (const ChartPanel& panel : chart.panels) {
        Parts parts;
        parts.rect = new QCPAxisRect(&plot, true);
        grid->addElement(static_cast<int>(panel.row), static_cast<int>(panel.column), parts.rect);
        if (!columns.contains(panel.column))
            margins << (columns[panel.column] = new QCPMarginGroup(&plot));
        if (!rows.contains(panel.row))
            margins << (rows[panel.row] = new QCPMarginGroup(&plot));
        parts.rect->setMarginGroup(QCP::msLeft | QCP::msRight, columns[panel.column]);
        parts.rect->setMarginGroup(QCP::msTop | QCP::msBottom, rows[panel.row]);
        parts.rect->setMinimumSize(30, 20);
        parts.item = new PanelItem(plot, *parts.rect);
        parts.frame = new FrameItem(plot, *parts.rect);
        parts.mark = new MarkItem(plot, *parts.rect);
        parts.mark->setLayer(markLayer);
        parts.tickX = QSharedPointer<ChartTicker>::create();
        parts.tickY = QSharedPointer<ChartTicker>::create();
        parts.x().setTicker(parts.tickX);
        parts.y().setTicker(parts.tickY);
        panels.push_back(parts);
    }
    for (std::size_t i = 0; i < panels.size(); ++i) {
        panels[i].leadX = chart.panels[i].shareXAbove ? neighbour(chart, i, true) : i;
        panels[i].leadY = chart.panels[i].shareYLeft ? neighbour(chart, i, false) : i;
        if (panels[i].leadX != i)
            link(i, panels[i].leadX, true);
        if (panels[i].leadY != i)
            link(i, panels[i].leadY, false);
    }
}

void ChartPainter::Private::link(std::size_t index, std::size_t lead, bool xAxis)
{
    QCPAxis* own = xAxis ? &panels[index].x() : &panels[index].y();
    QCPAxis* other = xAxis ? &panels[lead].x() : &panels[lead].y();
    using Changed = void (QCPAxis::*)(const QCPRange&);
    using Set = void (QCPAxis::*)(const QCPRange&);
    const auto changed = static_cast<Changed>(&QCPAxis::rangeChanged);
    const auto set = static_cast<Set>(&QCPAxis::setRange);
    QObject::connect(own, changed, other, set);
    QObject::connect(other, changed, own, set);
    (xAxis ? panels[lead].labelX : panels[index].labelY) = false;
}

void ChartPainter::Private::styleAxis(QCPAxis& axis, const ChartAxis& data, bool labels) const
{
    const ThemeColors& colors = *style.colors;
    const double width = std::max(1.0, style.lineScale * 0.6);
    const QFont font = axisFontOf(style);
    axis.setBasePen(QPen(colors.outline, width));
    axis.setTickPen(data.ticks.empty() ? QPen(colors.outline, width) : QPen(Qt::NoPen));
    axis.setTickLength(0, 4);
    axis.setSubTicks(false);
    axis.setTickLabels(labels);
    axis.setTickLabelColor(data.ticks.empty() ? colors.muted : colors.text);
    axis.setLabelColor(colors.muted);
    axis.setTickLabelFont(font);
    axis.setLabelFont(font);
    axis.setLabelPadding(2);
    axis.setSelectableParts(QCPAxis::spNone);
    axis.setRangeReversed(data.reversed);
    axis.grid()->setVisible(data.ticks.empty());
    axis.grid()->setPen(QPen(colors.grid, width));
    axis.grid()->setZeroLinePen(QPen(colors.outline, width));
    axis.grid()->setAntialiased(false);
    axis.grid()->setAntialiasedZeroLine(false);
}

void ChartPainter::Private::showPanel(Parts& parts, const ChartPanel& panel)
{
    const auto isLog = [this](const ChartAxis& axis) { return axis.canLog && log ? *log : axis.log; };
    setLogScale(parts.x(), isLog(panel.x));
    setLogScale(parts.y(), isLog(panel.y));
    styleAxis(parts.x(), panel.x, parts.labelX);
    styleAxis(parts.y(), panel.y, parts.labelY);
    parts.tickX->setAxis(panel.x, isLog(panel.x), Qt::Horizontal);
    parts.tickY->setAxis(panel.y, isLog(panel.y), Qt::Vertical);
    parts.titleX = parts.labelX ? panel.x.title : QString();
    parts.titleY = parts.labelY ? panel.y.title : QString();
    parts.x().setLabel(parts.titleX);
    parts.y().setLabel(parts.titleY);
    parts.item->set(panel, style);
    parts.item->setOpacity(faint ? 0.4 : 1);
    parts.frame->set(panel, style);
    parts.rect->setMinimumMargins(parts.frame->margins());
    grid->setRowStretchFactor(static_cast<int>(panel.row), std::max(panel.stretch, 0.01));
    grid->setColumnStretchFactor(static_cast<int>(panel.column), std::max(panel.stretchX, 0.01));
}

bool ChartPainter::Private::giveRoom(const Parts& parts) const
{
    const QFont font = axisFontOf(style);
    const double names = std::min(220.0, plot.viewport().width() * 0.32);
    const QFontMetrics metrics(font);
    const auto fitted = [&](QCPAxis& axis, const QString& title, int length) {
        const QString text = metrics.elidedText(title, Qt::ElideRight, length);
        const bool changed = axis.label() != text;
        axis.setLabel(text);
        return changed;
    };
    bool changed = parts.tickX->setRoom(parts.rect->width(), std::max(40.0, parts.rect->width() / 6.0), font);
    changed |= parts.tickY->setRoom(parts.rect->height(), names, font);
    // Titles may reach over the ends of their axes, as far as the margins go.
    changed |= fitted(parts.x(), parts.titleX, parts.rect->width() + 10);
    changed |= fitted(parts.y(), parts.titleY, parts.rect->height() + 6);
    return changed;
}

/// Ticks depend on the room that the layout gives, and its margins on the ticks: once more where the room is another one.
void ChartPainter::Private::layOut()
{
    if (inLayout || !style.colors)
        return;
    inLayout = true;
    for (int pass = 0; pass < 2; ++pass) {
        bool changed = false;
        for (const Parts& parts : panels)
            changed |= giveRoom(parts);
        if (!changed)
            break;
        for (const auto phase :
             {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
            plot.plotLayout()->update(phase);
    }
    inLayout = false;
}

void ChartPainter::Private::moveMark()
{
    for (std::size_t i = 0; i < panels.size(); ++i) {
        std::size_t lead = i;
        while (panels[lead].leadX != lead)
            lead = panels[lead].leadX;
        panels[i].mark->setVisible(mark && lead == 0);
        if (mark)
            panels[i].mark->set(*mark, QPen(style.colors->text, style.lineScale));
    }
}

ChartPainter::ChartPainter(QCustomPlot& plot) : d(std::make_unique<Private>(plot)) {}

ChartPainter::~ChartPainter() = default;

void ChartPainter::show(const Chart& chart, const ChartStyle& style, bool keepAxes)
{
    if (!chart.message.isEmpty() || chart.panels.empty())
        return showMessage(chart.message, style);
    d->style = style;
    d->message->set({}, style);
    const bool same = d->structure == structureOf(chart);
    if (!same)
        d->build(chart);
    d->plot.setBackground(style.transparent ? QBrush(Qt::NoBrush) : QBrush(style.colors->base));
    for (std::size_t i = 0; i < chart.panels.size(); ++i)
        d->showPanel(d->panels[i], chart.panels[i]);
    d->header->setVisible(style.withTitle);
    d->caption->setVisible(style.withTitle);
    d->header->set(style.withTitle ? chart : Chart(), style.withTitle ? style : ChartStyle());
    d->caption->set(style.withTitle ? chart.caption : QString(), style);
    if (!keepAxes || !same)
        fit();
    d->moveMark();
}

void ChartPainter::showMessage(const QString& message, const ChartStyle& style)
{
    d->clear();
    d->style = style;
    d->plot.setBackground(style.transparent ? QBrush(Qt::NoBrush) : QBrush(style.colors->base));
    d->header->set({}, {});
    d->caption->set({}, style);
    d->message->set(message, style);
}

void ChartPainter::fit()
{
    std::vector<PanelRanges> ranges;
    for (const Parts& parts : d->panels) {
        const ChartPanel& panel = parts.item->panel();
        ranges.push_back(fittedRanges(panel, isLog(panel.x), isLog(panel.y)));
    }
    // Panels that share an axis show what all of them need; leads come before their followers.
    const auto unite = [](AxisRange& lead, const AxisRange& own) {
        lead = {std::min(lead.lo, own.lo), std::max(lead.hi, own.hi)};
    };
    for (std::size_t i = d->panels.size(); i-- > 0;) {
        const Parts& parts = d->panels[i];
        if (parts.leadX != i)
            unite(ranges[parts.leadX].x, ranges[i].x);
        if (parts.leadY != i)
            unite(ranges[parts.leadY].y, ranges[i].y);
    }
    for (std::size_t i = 0; i < d->panels.size(); ++i) {
        const Parts& parts = d->panels[i];
        if (parts.leadX == i)
            parts.x().setRange(ranges[i].x.lo, ranges[i].x.hi);
        if (parts.leadY == i)
            parts.y().setRange(ranges[i].y.lo, ranges[i].y.hi);
    }
}

void ChartPainter::setLog(std::optional<bool> log) { d->log = log; }

bool ChartPainter::isLog(const ChartAxis& axis) const { return axis.canLog && d->log ? *d->log : axis.log; }

void ChartPainter::setFaint(bool faint)
{
    d->faint = faint;
    for (const Parts& parts : d->panels)
        parts.item->setOpacity(faint ? 0.4 : 1);
}

void ChartPainter::setMark(std::optional<double> x)
{
    if (d->mark == x)
        return;
    d->mark = x;
    d->moveMark();
    d->markLayer->replot();
}

std::size_t ChartPainter::panelCount() const { return d->panels.size(); }

const ChartPanel& ChartPainter::panel(std::size_t panel) const { return d->panels.at(panel).item->panel(); }

QCPAxisRect* ChartPainter::rect(std::size_t panel) const { return d->panels.at(panel).rect; }

PanelMap ChartPainter::map(std::size_t panel) const { return d->panels.at(panel).item->map(); }

std::optional<std::size_t> ChartPainter::panelAt(QPointF pixel) const
{
    for (std::size_t i = 0; i < d->panels.size(); ++i)
        if (d->panels[i].rect->rect().contains(pixel.toPoint()))
            return i;
    return std::nullopt;
}

} // namespace quantoscope
