// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/detailrunner.h"
#include "app/session.h"
#include "ui/views/detailcharts.h"

#include <QObject>
#include <QTimer>

namespace quantoscope {

class MainWindow;

/// What a chart beside the staircase is made of.
struct ValuesRequest
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    Scheme scheme;
    std::vector<int> widths; ///< of the clip curves, the present one first
    DetailCharts::Kind kind = DetailCharts::Kind::ErrorOverBits;
    std::optional<Scheme> b; ///< whose error over bits is drawn besides
    bool operator==(const ValuesRequest&) const = default;
};

/// Widths of the clip curves of a scheme: its own, and with `all` 2 to 8 bits besides.
std::vector<int> clipWidths(const Scheme& scheme, bool all);

/// The parts that the request needs; those of `known`, made for the same layer, are used again where they still hold. Blocking.
/// Throws Error, Cancelled.
ValuesExtras valuesExtras(LayerCache& layers, const ValuesRequest& request, const ValuesExtras& known,
                          const std::stop_token& stop);

/// Connects the Values tab with the session, and with what runs for the charts beside the staircase: after the picture, and only while the
/// tab is looked at.
class ValuesController : public QObject
{
    Q_OBJECT

public:
    ValuesController(MainWindow& window, Session& session, std::shared_ptr<LayerCache> layers,
                     QObject* parent = nullptr);

    bool isBusy() const { return m_wait.isActive() || m_job.isRunning(); }
    void cancel();

signals:
    void workEnded();

private:
    void update();
    void start();
    ValuesRequest wanted() const;

    MainWindow& m_window;
    Session& m_session;
    std::shared_ptr<LayerCache> m_layers;
    QTimer m_wait;
    ValuesExtras m_extras; ///< of `m_madeFor`
    std::optional<ValuesRequest> m_madeFor;
    std::optional<ValuesRequest> m_of; ///< shown or on its way
    JobRunner<ValuesExtras> m_job;
};

} // namespace quantoscope
