// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/chartview.h"

#include "ui/plots/chartviewparts.h"

#include <QEvent>
#include <QVBoxLayout>
#include <QVariant>

#include <utility>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

/// Whether ranges that the person chose mean the same in another chart.
bool hasSameAxes(const Chart& a, const Chart& b)
{
    if (a.kind != b.kind || a.panels.size() != b.panels.size())
        return false;
    for (std::size_t i = 0; i < a.panels.size(); ++i)
        if (a.panels[i].x.title != b.panels[i].x.title || a.panels[i].y.title != b.panels[i].y.title)
            return false;
    return true;
}

/// First facts in numbers: how much there is of what, and where the first series begins and ends.
QString descriptionOf(const Chart& chart)
{
    if (!chart.message.isEmpty())
        return chart.message;
    QStringList facts;
    for (const ChartPanel& panel : chart.panels)
        for (const ChartSeries& series : panel.series) {
            const std::size_t count = std::min(series.x.size(), series.y.size());
            if (count == 0 || facts.size() >= 4)
                continue;
            facts << ChartView::tr("%1: %2 points, %3 to %4")
                         .arg(series.name.isEmpty() ? panel.y.title : series.name, QString::number(count),
                              quantityText(panel.x, series.x.front()) + u", "_s
                                  + quantityText(panel.y, series.y.front()),
                              quantityText(panel.x, series.x[count - 1]) + u", "_s
                                  + quantityText(panel.y, series.y[count - 1]));
        }
    for (const ChartPanel& panel : chart.panels)
        for (const ChartRule& rule : panel.rules)
            if (!rule.label.isEmpty() && facts.size() < 8)
                facts << rule.label;
    return facts.join(u"; "_s);
}

} // namespace

ChartView::Private::Private(ChartView& view)
    : q(view), header(new ChartHeader(&view)), canvas(new QCustomPlot(&view)), painter(*canvas),
      pointer(new ChartPointer(*canvas, painter, &view))
{
    auto* layout = new QVBoxLayout(&view);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(header);
    layout->addWidget(canvas, 1);
    canvas->setFocusPolicy(Qt::StrongFocus);
    canvas->setMinimumSize(120, 90);
    canvas->setNoAntialiasingOnDrag(false);
    view.setFocusProxy(canvas);
}

ChartStyle ChartView::Private::style() const
{
    ChartStyle result;
    result.colors = &themeColors(q.palette());
    result.font = q.font();
    result.lineScale = lineScale;
    return result;
}

void ChartView::Private::draw()
{
    const bool has = chart && chart->message.isEmpty() && !chart->panels.empty();
    if (has)
        painter.show(*chart, style(), true);
    else
        painter.showMessage(chart ? chart->message : message, style());
    painter.setFaint(stale);
    header->set(chart && titled ? chart->title : QString(),
                has ? legendOf(*chart) : std::vector<LegendItem>());
    header->setVisible(chart != nullptr);
    updateNote();
    updateActions();
    canvas->setAccessibleName(chart && !chart->title.isEmpty() ? chart->title : ChartView::tr("Chart"));
    canvas->setAccessibleDescription(chart ? descriptionOf(*chart) : message);
    replot();
}

void ChartView::Private::replot() { canvas->replot(QCustomPlot::rpQueuedReplot); }

void ChartView::Private::updateNote()
{
    if (stale)
        header->setNote(readOutText.isEmpty() ? ChartView::tr("≈ recomputing") : u"≈ "_s + readOutText);
    else
        header->setNote(readOutText);
}

void ChartView::Private::setReadOutText(const QString& told)
{
    const QString text = concealed && !told.isEmpty() ? u"?"_s : told;
    if (text == readOutText)
        return;
    readOutText = text;
    updateNote();
    emit q.readOutChanged(text);
}

void ChartView::Private::pointerMoved(QPointF pixel)
{
    canvas->setCursor(grabAt(pixel) ? Qt::OpenHandCursor : Qt::ArrowCursor);
    grab.reset();
    const auto panel = painter.panelAt(pixel);
    if (!panel) {
        setReadOutText({});
        emit q.hovered(0, std::nullopt);
        return;
    }
    const PanelMap map = painter.map(*panel);
    const QPointF place(map.x.value(pixel.x()), map.y.value(pixel.y()));
    QString text;
    if (readOut && *panel == 0)
        text = readOut(place.x(), place.y());
    setReadOutText(text.isEmpty() ? readOutAt(painter.panel(*panel), map, pixel) : text);
    emit q.hovered(*panel, place);
}

void ChartView::Private::tellParts()
{
    const std::size_t count = chart && chart->message.isEmpty() ? chart->panels.size() : 0;
    std::vector<QRectF> now(count);
    for (std::size_t i = 0; i < count; ++i) {
        const PanelMap map = painter.map(i);
        const QPointF a(map.x.value(map.area.left()), map.y.value(map.area.top()));
        const QPointF b(map.x.value(map.area.right()), map.y.value(map.area.bottom()));
        now[i] = QRectF(a, b).normalized();
    }
    const std::vector<QRectF> before = std::exchange(parts, now);
    // Whoever listens may set another chart.
    for (std::size_t i = 0; i < count; ++i)
        if (i >= before.size() || before[i] != now[i])
            emit q.viewChanged(i, now[i]);
}

void ChartView::Private::pointerClicked(QPointF pixel)
{
    const auto panel = painter.panelAt(pixel);
    if (!panel)
        return;
    const PanelMap map = painter.map(*panel);
    // A copy: whoever listens may set another chart.
    const auto hit = hitAt(painter.panel(*panel), map, pixel);
    if (hit) {
        const auto& keys = painter.panel(*panel).series[hit->series].keys;
        if (hit->point < keys.size()) {
            emit q.pointClicked(*panel, hit->series, keys[hit->point]);
            return;
        }
    }
    emit q.clicked(*panel, {map.x.value(pixel.x()), map.y.value(pixel.y())});
}

bool ChartView::Private::grabAt(QPointF pixel)
{
    grab.reset();
    const auto panel = painter.panelAt(pixel);
    const auto hit = panel ? hitAt(painter.panel(*panel), painter.map(*panel), pixel, true) : std::nullopt;
    if (!hit)
        return false;
    grab = {*panel, hit->series, painter.panel(*panel).series[hit->series].keys.at(hit->point)};
    return true;
}

void ChartView::Private::grabMoved(QPointF pixel)
{
    if (!grab || grab->panel >= painter.panelCount())
        return;
    const PanelMap map = painter.map(grab->panel);
    emit q.pointDragged(grab->panel, grab->series, grab->key,
                        {map.x.value(pixel.x()), map.y.value(pixel.y())});
}

ChartView::ChartView(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>(*this))
{
    connect(d->pointer, &ChartPointer::moved, this, [this](QPointF at) { d->pointerMoved(at); });
    connect(d->pointer, &ChartPointer::left, this, [this] {
        d->setReadOutText({});
        emit hovered(0, std::nullopt);
    });
    connect(d->pointer, &ChartPointer::clicked, this, [this](QPointF at) { d->pointerClicked(at); });
    d->pointer->setGrab([this](QPointF at) { return d->grabAt(at); });
    connect(d->pointer, &ChartPointer::grabMoved, this, [this](QPointF at) { d->grabMoved(at); });
    connect(d->pointer, &ChartPointer::grabEnded, this, [this] {
        // The axes stood still under the pointer; now they may follow.
        d->grab.reset();
        if (!d->zoomed && !d->fixed)
            fit();
    });
    connect(d->pointer, &ChartPointer::fitWanted, this, &ChartView::fit);
    connect(d->pointer, &ChartPointer::rangesChanged, this, [this] {
        d->zoomed = true;
        d->replot();
    });
    connect(d->pointer, &ChartPointer::menuWanted, this, [this](QPoint at) { d->popUpMenu(at); });
    connect(d->canvas, &QCustomPlot::afterReplot, this, [this] {
        d->tellParts();
        emit replotted();
    });
    d->canvas->installEventFilter(this);
    d->makeActions();
    d->draw();
}

ChartView::~ChartView() = default;

void ChartView::setChart(std::shared_ptr<const Chart> chart)
{
    const bool same = chart && d->chart && hasSameAxes(*chart, *d->chart);
    d->chart = std::move(chart);
    d->stale = false;
    if (!same && !d->fixed)
        d->log.reset();
    d->painter.setLog(d->log);
    const bool keep = same && (d->zoomed || d->fixed || d->grab);
    d->draw();
    if (!keep) {
        d->zoomed = false;
        d->painter.fit();
    }
    if (d->table && d->table->isVisible())
        d->table->setChart(d->chart);
}

const std::shared_ptr<const Chart>& ChartView::chart() const { return d->chart; }

void ChartView::setMessage(const QString& message)
{
    d->message = message;
    if (!d->chart)
        d->draw();
}

void ChartView::setStale(bool stale)
{
    if (stale == d->stale)
        return;
    d->stale = stale;
    d->painter.setFaint(stale);
    d->updateNote();
    d->replot();
}

void ChartView::setMark(std::optional<double> x) { d->painter.setMark(x); }

void ChartView::setReadOut(std::function<QString(double x, double y)> readOut)
{
    d->readOut = std::move(readOut);
}

void ChartView::setLineScale(double scale)
{
    d->lineScale = scale;
    d->header->setLineScale(scale);
    d->draw();
}

void ChartView::setReadOutConcealed(bool concealed)
{
    d->concealed = concealed;
    d->setReadOutText({});
}

void ChartView::fit()
{
    d->zoomed = false;
    d->painter.fit();
    d->replot();
    emit fitted();
}

bool ChartView::areAxesFixed() const { return d->fixed; }

void ChartView::setAxesFixed(bool fixed)
{
    d->fixed = fixed;
    d->updateActions();
}

QPointF ChartView::pixelOf(std::size_t panel, double x, double y) const
{
    return d->painter.map(panel).pixel(x, y);
}

QPointF ChartView::placeOf(std::size_t panel, QPointF pixel) const
{
    const PanelMap map = d->painter.map(panel);
    return {map.x.value(pixel.x()), map.y.value(pixel.y())};
}

QRectF ChartView::areaOf(std::size_t panel) const { return d->painter.map(panel).area; }

std::size_t ChartView::panelCount() const { return d->painter.panelCount(); }

void ChartView::setTitleVisible(bool visible)
{
    d->titled = visible;
    d->header->setTitleRow(visible);
    d->draw();
}

void ChartView::nameCanvas(const QString& name) { d->canvas->setObjectName(name); }

void ChartView::setLog(bool log) { d->setLog(log); }

QCustomPlot* ChartView::canvas() const { return d->canvas; }

void ChartView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        d->draw();
    QWidget::changeEvent(event);
}

bool ChartView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == d->canvas && (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut))
        d->replot();
    if (watched == d->canvas && d->takeKey(*event))
        return true;
    return QWidget::eventFilter(watched, event);
}

} // namespace quantoscope
