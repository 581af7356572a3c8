// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/detailrunner.h"

#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// About four bins per √n values: few values make a shape, not a comb.
std::size_t binsFor(std::size_t values)
{
    constexpr double perRoot = 4;
    return static_cast<std::size_t>(
        std::clamp(perRoot * std::sqrt(static_cast<double>(values)), 48.0, 512.0));
}

/// The values alone, where the scheme does not fit the layer.
LayerDetail withoutLevels(LayerData& data, const PictureRequest& request, const Error& why)
{
    LayerDetail detail;
    detail.report.layer = request.layer;
    detail.report.scheme = request.scheme;
    detail.report.issue = why.what();
    const Extremes extremes = data.valueExtremes();
    detail.shown.elements = extremes.finite;
    detail.data = {extremes.min, extremes.max};
    detail.histogram = data.valueHistogram(binsFor(data.size()));
    return detail;
}

LayerDetail detailOf(LayerData& data, const PictureRequest& request, const std::stop_token& stop)
{
    try {
        const std::size_t shown =
            request.set ? layoutFor(request.scheme, data.arranged(request.scheme)).length : data.size();
        return layerDetail(data,
                           {.scheme = request.scheme,
                            .set = request.set,
                            .bins = binsFor(shown),
                            .inValues = request.inValues},
                           stop);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::SchemeMismatch)
            throw;
        return withoutLevels(data, request, error);
    }
}

} // namespace

std::shared_ptr<LayerData> LayerCache::get(const std::shared_ptr<const Network>& network, LayerId layer)
{
    const std::lock_guard lock(m_mutex);
    if (!m_data || m_network != network || m_data->layer() != layer) {
        m_network = network;
        m_data = std::make_shared<LayerData>(network, layer);
    }
    return m_data;
}

LayerPicture layerPicture(LayerCache& layers, const PictureRequest& request, const std::stop_token& stop)
{
    const auto data = layers.get(request.network, request.layer);
    LayerPicture picture{
        .network = request.network, .layer = request.layer, .stats = data->stats(), .detail = {}};
    throwIfStopped(stop);
    picture.detail = detailOf(*data, request, stop);
    return picture;
}

DetailRunner::DetailRunner(std::shared_ptr<LayerCache> cache, QObject* parent)
    : QObject(parent), m_cache(std::move(cache)),
      m_job({.succeeded = [this](const auto& picture) { emit succeeded(picture); },
             .failed = [this](const JobError& error) { emit failed(error); },
             .cancelled = [this] { emit cancelled(); },
             .progressed = {}})
{
}

void DetailRunner::start(const PictureRequest& request)
{
    m_job.start([cache = m_cache, request](const std::stop_token& stop, const ProgressFn&) {
        return std::make_shared<const LayerPicture>(layerPicture(*cache, request, stop));
    });
}

SweepRunner::SweepRunner(std::shared_ptr<LayerCache> cache, QObject* parent)
    : QObject(parent), m_cache(std::move(cache)),
      m_job({.succeeded = [this](const auto& sweep) { emit succeeded(sweep); },
             .failed = [this](const JobError& error) { emit failed(error); },
             .cancelled = [this] { emit cancelled(); },
             .progressed = {}})
{
}

void SweepRunner::start(const std::shared_ptr<const Network>& network, LayerId layer, const Scheme& scheme)
{
    m_job.start([cache = m_cache, network, layer, scheme](const std::stop_token& stop, const ProgressFn&) {
        return std::make_shared<const Sweep>(cache->get(network, layer)->sweep(scheme, 1, widest, stop));
    });
}

} // namespace quantoscope
