// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runners.h"
#include "app/session.h"

#include <QObject>

namespace quantoscope {

class MainWindow;

/// Connects the Run and Activations tabs with what runs behind them.
class RunController : public QObject
{
    Q_OBJECT

public:
    RunController(MainWindow& window, Session& session, QObject* parent = nullptr);

    /// A network was opened; the bundled one brings its samples.
    void networkOpened(bool isSample);
    void cancel();
    bool isBusy() const { return m_run.isRunning() || m_activations.isRunning(); }
    /// The last run on the network that is open; null without one.
    const std::shared_ptr<const NetworkRun>& result() const { return m_result; }

signals:
    void resultChanged();

private:
    /// What the picture of activations depends on.
    struct Wanted
    {
        std::shared_ptr<const Network> network;
        LayerId layer;
        RunRequest request;
        bool operator==(const Wanted&) const = default;
    };

    void connectRunners();
    void startRun();
    void runReady(std::shared_ptr<const NetworkRun> run);
    void schemeChanged();
    void showStaleness();
    /// Asks for the activations of the current layer where they are looked at.
    void requestActivations();
    QString whyNotRunnable() const;

    MainWindow& m_window;
    Session& m_session;
    std::shared_ptr<RunCache> m_cache;
    NetworkRunner m_run;
    ActivationRunner m_activations;
    std::shared_ptr<const NetworkRun> m_result;
    std::optional<Wanted> m_wanted; ///< what is shown or on its way
};

} // namespace quantoscope
