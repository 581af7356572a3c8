// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/detailrunner.h"
#include "app/runcache.h"
#include "app/session.h"
#include "ui/models/channelspicture.h"
#include "ui/models/mappicture.h"

#include <QObject>

namespace quantoscope {

class ChannelsView;
class MainWindow;
class MapView;

/// What a map or a profile of channels is made of.
struct WeightsRequest
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    Scheme scheme;
    bool operator==(const WeightsRequest&) const = default;
};

/// The map asked for last, kept while its windows change. Safe from several threads.
class MapCache
{
public:
    /// Throws Error, Cancelled.
    std::shared_ptr<const WeightMap> get(LayerCache& layers, const WeightsRequest& request, MapMode mode,
                                         const std::stop_token& stop);

private:
    std::mutex m_mutex;
    std::optional<std::pair<WeightsRequest, MapMode>> m_of;
    std::shared_ptr<const WeightMap> m_map;
};

/// Throws Error, Cancelled. `models`: asked for equalization only; may be null.
ChannelsPicture channelsPicture(LayerCache& layers, RunCache* models, const WeightsRequest& request,
                                ChannelOrder order, bool equalize, const std::stop_token& stop);

/// Connects the Map and Channels tabs with what runs behind them. Tabs that are not looked at do no work.
class WeightsController : public QObject
{
    Q_OBJECT

public:
    WeightsController(MainWindow& window, Session& session, std::shared_ptr<LayerCache> layers,
                      QObject* parent = nullptr);

    bool isBusy() const { return m_mapJob.isRunning() || m_channelsJob.isRunning(); }
    void cancel();

private:
    void update();
    void updateMap(const WeightsRequest& request);
    void updateChannels(const WeightsRequest& request);
    void failed(bool map, const QString& message);

    MainWindow& m_window;
    Session& m_session;
    std::shared_ptr<LayerCache> m_layers;
    std::shared_ptr<RunCache> m_models;
    std::shared_ptr<MapCache> m_maps;
    MapView* m_map;
    ChannelsView* m_channels;
    JobRunner<MapPicture> m_mapJob;
    JobRunner<ChannelsPicture> m_channelsJob;
    std::optional<std::tuple<WeightsRequest, MapMode, MapWindow>> m_mapOf; ///< shown or on its way
    std::optional<std::tuple<WeightsRequest, ChannelOrder, bool>> m_channelsOf;
};

} // namespace quantoscope
