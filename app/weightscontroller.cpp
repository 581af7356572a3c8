// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightscontroller.h"

#include "core/analysis/ptq/equalizenetwork.h"
#include "core/quant/parameterize.h"
#include "core/runtime/model/runmodel.h"
#include "core/support/error.h"
#include "ui/focusbus.h"
#include "ui/mainwindow.h"
#include "ui/views/channelsview.h"
#include "ui/views/mapview.h"
#include "ui/views/valuesview.h"

#include <cmath>

namespace quantoscope {

namespace {

/// The profile of the same layer after cross-layer equalization, or why there is none.
void addEqualized(RunCache& models, const WeightsRequest& request, ChannelsPicture& picture,
                  const std::stop_token& stop)
{
    if (request.network->format != "onnx") {
        picture.whyNotEqualized = "Equalization needs the network around the layer; this file holds arrays.";
        return;
    }
    std::vector<std::string> notes;
    const auto model = equalized(models.model(request.network, stop), notes, stop);
    const auto same = model->network->findLayer(request.network->layer(request.layer).name);
    if (!same) {
        picture.whyNotEqualized = "This layer is not among those that are run.";
        return;
    }
    LayerData data(model->network, *same);
    picture.equalized = channelProfile(data.arranged(request.scheme), nullptr, stop);
    if (picture.equalized.size() != picture.spans.size())
        picture.equalized.clear();
}

} // namespace

std::shared_ptr<const WeightMap> MapCache::get(LayerCache& layers, const WeightsRequest& request,
                                               MapMode mode, const std::stop_token& stop)
{
    const std::lock_guard lock(m_mutex);
    const auto wanted = std::pair(request, mode);
    if (m_map && m_of == wanted)
        return m_map;
    const auto data = layers.get(request.network, request.layer);
    std::shared_ptr<const ParamSets> params;
    try {
        params = data->params(request.scheme, stop);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::SchemeMismatch || mode != MapMode::Value)
            throw;
    }
    const Scheme& arrangement = params ? request.scheme : Scheme{};
    m_map = std::make_shared<const WeightMap>(data->arranged(arrangement), params, mode, stop);
    m_of = wanted;
    return m_map;
}

ChannelsPicture channelsPicture(LayerCache& layers, RunCache* models, const WeightsRequest& request,
                                ChannelOrder order, bool equalize, const std::stop_token& stop)
{
    ChannelsPicture picture;
    picture.network = request.network;
    picture.layer = request.layer;
    picture.scheme = request.scheme;
    picture.order = order;
    const auto data = layers.get(request.network, request.layer);
    std::shared_ptr<const ParamSets> params;
    try {
        params = data->params(request.scheme, stop);
        if (hasRanges(request.scheme)) {
            Scheme tensor = request.scheme;
            tensor.granularity = {};
            tensor.algorithm = Algorithm::Rtn;
            picture.tensor = valueEnds(*data->params(tensor, stop), 0);
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::SchemeMismatch)
            throw;
        picture.issue = error.what();
    }
    picture.spans = channelProfile(data->arranged(params ? request.scheme : Scheme{}), params.get(), stop);
    if (equalize && models)
        addEqualized(*models, request, picture, stop);
    return picture;
}

WeightsController::WeightsController(MainWindow& window, Session& session, std::shared_ptr<LayerCache> layers,
                                     QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_layers(std::move(layers)),
      m_models(std::make_shared<RunCache>()), m_maps(std::make_shared<MapCache>()), m_map(new MapView),
      m_channels(new ChannelsView(*window.focusBus())),
      m_mapJob({.succeeded = [this](const auto& picture) { m_map->setPicture(picture); },
                .failed = [this](const JobError& error) { failed(true, error.message); },
                .cancelled = [this] { failed(true, tr("Stopped.")); },
                .progressed = {}}),
      m_channelsJob({.succeeded = [this](const auto& picture) { m_channels->setPicture(picture); },
                     .failed = [this](const JobError& error) { failed(false, error.message); },
                     .cancelled = [this] { failed(false, tr("Stopped.")); },
                     .progressed = {}})
{
    window.addTab(Tab::Map, m_map, tr("Map"),
                  tr("Every weight of the layer: value, quantized, error, clipped"));
    window.addTab(Tab::Channels, m_channels, tr("Channels"), tr("Range and error of every output channel"));
    connect(&window, &MainWindow::tabChanged, this, &WeightsController::update);
    connect(&session, &Session::currentLayerChanged, this, &WeightsController::update);
    connect(&session, &Session::schemeChanged, this, &WeightsController::update);
    connect(&session, &Session::networkChanged, this, &WeightsController::update);
    connect(m_map, &MapView::modeChanged, this, &WeightsController::update);
    connect(m_map, &MapView::windowChanged, this, &WeightsController::update);
    connect(m_map, &MapView::hoverChanged, window.focusBus(), &FocusBus::readOut);
    connect(m_map, &MapView::focusChanged, window.focusBus(),
            [bus = window.focusBus()](const Focus& focus, bool pinned) {
                pinned ? bus->setPinned(focus) : bus->setHover(focus);
            });
    connect(m_channels, &ChannelsView::hoverChanged, window.focusBus(), &FocusBus::readOut);
    connect(m_channels, &ChannelsView::wishesChanged, this, &WeightsController::update);
    connect(m_channels, &ChannelsView::channelChosen, this, [this](std::size_t channel) {
        if (m_session.scheme().granularity.kind != Granularity::Kind::Channel)
            return;
        m_session.setChosenSet(channel);
        m_window.showTab(m_window.valuesView());
    });
    update();
}

void WeightsController::update()
{
    if (!m_session.network() || !m_session.currentLayer()) {
        m_mapOf.reset();
        m_channelsOf.reset();
        m_map->setMessage(tr("Open a network and choose a layer"));
        m_channels->setMessage(tr("Open a network and choose a layer"));
        return;
    }
    const WeightsRequest request{m_session.network(), *m_session.currentLayer(), m_session.scheme()};
    if (m_map->isVisible())
        updateMap(request);
    if (m_channels->isVisible())
        updateChannels(request);
}

void WeightsController::updateMap(const WeightsRequest& request)
{
    const auto wanted = std::tuple(request, m_map->mode(), m_map->window());
    if (m_mapOf == wanted)
        return;
    const bool onlyWindow =
        m_mapOf && std::get<0>(*m_mapOf) == request && std::get<1>(*m_mapOf) == m_map->mode();
    m_mapOf = wanted;
    if (!onlyWindow)
        m_map->setStale(true);
    m_mapJob.start(
        [layers = m_layers, maps = m_maps, wanted](const std::stop_token& stop, const ProgressFn&) {
            const auto& [of, mode, window] = wanted;
            const auto map = maps->get(*layers, of, mode, stop);
            const Extremes ends = layers->get(of.network, of.layer)->valueExtremes();
            MapPicture picture{of.network, of.layer, of.scheme, map, map->window(window), window, 0};
            picture.valueMax =
                std::max(std::abs(static_cast<double>(ends.min)), std::abs(static_cast<double>(ends.max)));
            return std::make_shared<const MapPicture>(std::move(picture));
        });
}

void WeightsController::updateChannels(const WeightsRequest& request)
{
    const auto wanted = std::tuple(request, m_channels->order(), m_channels->wantsEqualized());
    if (m_channelsOf == wanted)
        return;
    m_channelsOf = wanted;
    m_channels->setStale(true);
    m_channelsJob.start(
        [layers = m_layers, models = m_models, wanted](const std::stop_token& stop, const ProgressFn&) {
            const auto& [of, order, equalize] = wanted;
            return std::make_shared<const ChannelsPicture>(
                channelsPicture(*layers, models.get(), of, order, equalize, stop));
        });
}

void WeightsController::failed(bool map, const QString& message)
{
    if (map) {
        m_mapOf.reset();
        m_map->setMessage(message);
    } else {
        m_channelsOf.reset();
        m_channels->setMessage(message);
    }
}

void WeightsController::cancel()
{
    m_mapJob.cancel();
    m_channelsJob.cancel();
}

} // namespace quantoscope
