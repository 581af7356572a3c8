// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/exportcontroller.h"

#include "core/report/provenance.h"
#include "core/support/error.h"
#include "core/support/sha256.h"
#include "ui/dialogs/exportdialog.h"
#include "ui/export/chartexport.h"
#include "ui/format.h"
#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"

#include <QFileInfo>
#include <QStatusBar>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr int savedMs = 8000;
} // namespace

ExportController::ExportController(MainWindow& window, Session& session, QObject* parent)
    : QObject(parent), m_window(window), m_session(session),
      m_hash({.succeeded = [this](const auto& hash) { write(*hash); },
              .failed = [this](const JobError&) { write({}); },
              .cancelled = [] {},
              .progressed = {}})
{
    for (ChartView* view : window.findChildren<ChartView*>())
        connect(view, &ChartView::exportRequested, this, &ExportController::exportChart);
    connect(&window, &MainWindow::exportChartRequested, this, &ExportController::exportShown);
}

void ExportController::exportShown()
{
    std::shared_ptr<const Chart> chart;
    for (const ChartView* view : m_window.findChildren<ChartView*>()) {
        const auto shown = view->isVisible() ? view->shownChart() : nullptr;
        if (!shown || !shown->message.isEmpty())
            continue;
        if (!chart || view->isAncestorOf(m_window.focusWidget()))
            chart = shown;
    }
    if (chart)
        exportChart(chart);
    else
        m_window.statusBar()->showMessage(tr("There is no chart here to export."), savedMs);
}

void ExportController::exportChart(const std::shared_ptr<const Chart>& chart)
{
    if (!chart || !chart->message.isEmpty())
        return;
    m_chart = chart;
    delete m_dialog;
    m_dialog = new ExportDialog(chart, m_settings, &m_window);
    m_dialog->setObjectName(u"exportDialog"_s);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_dialog, &ExportDialog::saveRequested, this, &ExportController::save);
    m_dialog->open();
}

void ExportController::save(const QString& path)
{
    m_path = QFileInfo(path).suffix().isEmpty() ? path + u".svg"_s : path;
    if (!exportFormatOf(m_path)) {
        m_dialog->setProblem(tr("The extension says the format: .svg, .png, .pdf, .csv or .json."));
        return;
    }
    m_settings = m_dialog->settings();
    const std::string model = m_session.network() ? m_session.network()->path : std::string();
    if (!QFileInfo(QString::fromStdString(model)).isFile())
        return write({});
    m_hash.start([model](const std::stop_token& stop, const ProgressFn&) {
        return std::make_shared<const std::string>(sha256OfFile(model, stop));
    });
}

void ExportController::write(const std::string& modelSha256)
{
    try {
        Provenance provenance;
        // No command: what was zoomed, ordered or typed in the window is more than the command line can say.
        if (m_session.network())
            provenance.model = m_session.network()->path;
        provenance.modelSha256 = modelSha256;
        provenance.schemes = {toText(m_session.scheme())};
        writeExport(m_path, quantoscope::exportChart(*m_chart, m_settings, metaJson(provenance),
                                                     *exportFormatOf(m_path)));
        if (m_dialog)
            m_dialog->accept();
        m_window.statusBar()->showMessage(tr("Saved %1").arg(m_path), savedMs);
    } catch (const Error& error) {
        if (m_dialog)
            m_dialog->setProblem(format::text(error.what()));
        else
            m_window.showError(format::text(error.what()));
    }
}

} // namespace quantoscope
