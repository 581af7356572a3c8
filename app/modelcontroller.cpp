// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/modelcontroller.h"

#include "app/runcontroller.h"
#include "app/settingsstore.h"
#include "core/report/csv.h"
#include "core/report/layerrows.h"
#include "core/report/provenance.h"
#include "core/support/sha256.h"
#include "ui/export/chartexport.h"
#include "ui/focusbus.h"
#include "ui/mainwindow.h"
#include "ui/models/modeltablemodel.h"
#include "ui/views/modelview.h"

#include <QFileInfo>
#include <QStatusBar>

namespace quantoscope {

namespace {
constexpr int savedMs = 8000;
} // namespace

void saveLayers(const AnalysisResult& result, const std::vector<std::uint32_t>& layers, const QString& path,
                const std::stop_token& stop)
{
    Json rows = Json::array();
    for (const std::uint32_t layer : layers) {
        throwIfStopped(stop);
        rows.push_back(layerRow(result.network->layers[layer], result.layers[layer]));
    }
    Provenance provenance;
    provenance.model = result.network->path;
    if (QFileInfo(QString::fromStdString(result.network->path)).isFile())
        provenance.modelSha256 = sha256OfFile(result.network->path, stop);
    provenance.schemes.push_back(toText(result.settings.scheme));
    for (const auto& [name, scheme] : result.settings.overrides)
        provenance.schemes.push_back(toText(scheme));
    writeExport(path, QByteArray::fromStdString(csvText(rows, metaJson(provenance))));
}

ModelController::ModelController(MainWindow& window, Session& session, RunController& runs,
                                 Preferences& preferences, QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_runs(runs),
      m_view(new ModelView(*window.focusBus())),
      m_save({.succeeded =
                  [this](const auto& path) {
                      m_window.statusBar()->showMessage(tr("Saved %1").arg(*path), savedMs);
                  },
              .failed = [this](const JobError& error) { m_window.showError(error.message); },
              .cancelled = [] {},
              .progressed = {}})
{
    window.addTab(Tab::Model, m_view, tr("Model"),
                  tr("Every layer with every number, and errors in network order"));
    m_view->setColumns(preferences.modelColumns);
    connect(&window, &MainWindow::tabChanged, this, &ModelController::update);
    for (const auto signal :
         {&Session::networkChanged, &Session::currentLayerChanged, &Session::schemeChanged,
          &Session::resultChanged, &Session::resultBChanged, &Session::pinsChanged})
        connect(&session, signal, this, &ModelController::update);
    connect(&runs, &RunController::resultChanged, this, &ModelController::update);
    connect(m_view, &ModelView::hoverChanged, window.focusBus(), &FocusBus::readOut);
    connect(m_view, &ModelView::layerActivated, &session,
            [&session](LayerId layer) { session.setCurrentLayer(layer); });
    connect(m_view, &ModelView::columnsChanged, this,
            [this, &preferences] { preferences.modelColumns = m_view->columns(); });
    connect(m_view, &ModelView::saveRequested, this, &ModelController::save);
    update();
}

void ModelController::update()
{
    if (!m_view->isVisible() && m_network == m_session.network())
        return;
    if (m_network != m_session.network()) {
        m_network = m_session.network();
        m_view->setNetwork(m_network);
        if (!m_view->isVisible())
            return;
    }
    const auto& result = m_session.result();
    if (!result || !(result->settings == m_session.settings()))
        m_view->setStale(true);
    if (!result)
        return;
    m_view->setPicture({result, m_session.resultB(), m_runs.result(), m_session.currentLayer()});
    m_view->setStale(!(result->settings == m_session.settings()));
}

void ModelController::save(const QString& path)
{
    const QString file = QFileInfo(path).suffix().isEmpty() ? path + QStringLiteral(".csv") : path;
    m_save.start([result = m_view->model()->result(), layers = m_view->model()->shown(),
                  file](const std::stop_token& stop, const ProgressFn&) {
        saveLayers(*result, layers, file, stop);
        return std::make_shared<const QString>(file);
    });
}

} // namespace quantoscope
