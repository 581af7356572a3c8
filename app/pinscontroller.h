// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/analysisrunner.h"
#include "app/detailrunner.h"
#include "app/session.h"

#include <QObject>

namespace quantoscope {

class MainWindow;

/// Scope, layers with schemes of their own, and pins: connects the window with the session, and computes what B looks like.
class PinsController : public QObject
{
    Q_OBJECT

public:
    PinsController(MainWindow& window, Session& session, std::shared_ptr<LayerCache> cache,
                   QObject* parent = nullptr);

    void cancel();
    bool isBusy() const { return m_detail.isRunning() || m_analysis.isRunning(); }

signals:
    void workEnded();

private:
    void connectWindow();
    void connectSession();
    void connectRunners();
    void pinAsB();
    void showSetup();
    /// Asks for what of B is not there; after A, which is waited for.
    void requestB();
    void requestPicture(const Pin& b);

    MainWindow& m_window;
    Session& m_session;
    DetailRunner m_detail;
    AnalysisRunner m_analysis;
    std::optional<PictureRequest> m_wantedPicture;
    std::optional<AnalysisSettings> m_wantedResult;
};

} // namespace quantoscope
