// SPDX-License-Identifier: GPL-3.0-or-later
// What a person can do with a chart: context menu and keys.
#include "ui/models/chartrowsmodel.h"
#include "ui/plots/chartviewparts.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QMenu>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

void ChartView::Private::makeActions()
{
    const auto add = [this](const char* name, const QString& text, const QKeySequence& key, auto run) {
        auto* action = new QAction(text, &q);
        action->setObjectName(QString::fromLatin1(name));
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetShortcut);
        canvas->addAction(action);
        QObject::connect(action, &QAction::triggered, &q, run);
        return action;
    };
    copyImage = add("copyImage", tr("Copy Image"), QKeySequence::Copy, [this] { q.copyImage(); });
    copyData = add("copyData", tr("Copy Data"), {}, [this] { q.copyData(); });
    exportChart = add("exportChart", tr("Export…"), {}, [this] {
        if (chart)
            emit q.exportRequested(q.shownChart());
    });
    showTable = add("showTable", tr("Show as Table"), QKeySequence(u"T"_s), [this] { q.showTable(); });
    logScale = add("logScale", tr("Log Scale"), QKeySequence(u"L"_s), [this](bool on) { setLog(on); });
    logScale->setCheckable(true);
    fixAxes = add("fixAxes", tr("Fix Axes"), {}, [this](bool on) { q.setAxesFixed(on); });
    fixAxes->setCheckable(true);
    fitAll = add("fitAll", tr("Fit"), QKeySequence(u"F"_s), [this] { q.fit(); });
}

QList<QAction*> ChartView::Private::actions() const
{
    return {copyImage, copyData, exportChart, showTable, logScale, fixAxes, fitAll};
}

void ChartView::Private::updateActions()
{
    const bool has = chart && chart->message.isEmpty() && !chart->panels.empty();
    bool canLog = false;
    bool isLog = false;
    for (std::size_t i = 0; has && i < chart->panels.size(); ++i)
        for (const ChartAxis* axis : {&chart->panels[i].x, &chart->panels[i].y}) {
            canLog |= axis->canLog;
            isLog |= axis->canLog && painter.isLog(*axis);
        }
    for (QAction* action : actions())
        action->setEnabled(has);
    for (QAction* action : {copyData, showTable})
        action->setEnabled(has && !chart->rows.empty());
    logScale->setEnabled(canLog);
    logScale->setChecked(isLog);
    fixAxes->setChecked(fixed);
}

void ChartView::Private::setLog(bool on)
{
    log = on;
    painter.setLog(log);
    draw();
    q.fit();
}

/// The chart's own keys come before those of the window, which may mean another chart.
bool ChartView::Private::takeKey(QEvent& event)
{
    if (event.type() != QEvent::ShortcutOverride && event.type() != QEvent::KeyPress)
        return false;
    const QKeySequence pressed(static_cast<QKeyEvent&>(event).keyCombination());
    for (QAction* action : actions()) {
        if (action->shortcut().isEmpty() || action->shortcut() != pressed || !action->isEnabled())
            continue;
        event.accept();
        if (event.type() == QEvent::KeyPress)
            action->trigger();
        return true;
    }
    return false;
}

void ChartView::Private::popUpMenu(QPoint globalPosition)
{
    auto* menu = new QMenu(&q);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions({copyImage, copyData, exportChart});
    menu->addSeparator();
    menu->addActions({showTable});
    menu->addSeparator();
    menu->addActions({logScale, fixAxes, fitAll});
    menu->popup(globalPosition);
}

QList<QAction*> ChartView::plotActions() const { return d->actions(); }

std::shared_ptr<const Chart> ChartView::shownChart() const
{
    if (!d->chart)
        return nullptr;
    auto shown = std::make_shared<Chart>(*d->chart);
    for (std::size_t i = 0; i < std::min(shown->panels.size(), d->painter.panelCount()); ++i) {
        ChartPanel& panel = shown->panels[i];
        panel.x.log = d->painter.isLog(panel.x);
        panel.y.log = d->painter.isLog(panel.y);
        if (!d->zoomed && !d->fixed)
            continue;
        const PanelMap map = d->painter.map(i);
        panel.x.lo = map.x.lo;
        panel.x.hi = map.x.hi;
        panel.y.lo = map.y.lo;
        panel.y.hi = map.y.hi;
    }
    return shown;
}

void ChartView::copyImage() const
{
    const auto shown = shownChart();
    if (!shown)
        return;
    // Title and legend belong to a picture that leaves the window; the window's own canvas has them outside.
    QCustomPlot plot;
    ChartPainter painter(plot);
    ChartStyle style = d->style();
    style.withTitle = true;
    painter.show(*shown, style, false);
    const QSize size(std::max(d->canvas->width(), 320), std::max(height(), 220));
    QApplication::clipboard()->setPixmap(plot.toPixmap(size.width(), size.height(), 2));
}

void ChartView::copyData() const
{
    if (d->chart)
        QApplication::clipboard()->setText(tabSeparated(d->chart->rows));
}

void ChartView::showTable()
{
    if (!d->chart)
        return;
    if (!d->table)
        d->table = new TableTwin(this);
    d->table->setChart(d->chart);
    d->table->show();
    d->table->raise();
    d->table->activateWindow();
}

} // namespace quantoscope
