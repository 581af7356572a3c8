// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "ui/models/layerpicture.h"

#include <QObject>

#include <mutex>

namespace quantoscope {

/// The data of the current layer, kept while questions about it go on. Safe from several threads.
class LayerCache
{
public:
    std::shared_ptr<LayerData> get(const std::shared_ptr<const Network>& network, LayerId layer);

private:
    std::mutex m_mutex;
    std::shared_ptr<const Network> m_network;
    std::shared_ptr<LayerData> m_data;
};

/// Which layer, under which scheme, and which of its sets (nothing: all).
struct PictureRequest
{
    std::shared_ptr<const Network> network;
    LayerId layer;
    Scheme scheme;
    std::optional<std::size_t> set;
    bool inValues = false; ///< all sets: on the axis of the values instead of code coordinates
    bool operator==(const PictureRequest&) const = default;
};

/// Blocking. Throws Error, Cancelled.
LayerPicture layerPicture(LayerCache& layers, const PictureRequest& request, const std::stop_token& stop);

/// What the views of the selected layer draw; starts at once, the latest request wins.
class DetailRunner : public QObject
{
    Q_OBJECT

public:
    explicit DetailRunner(std::shared_ptr<LayerCache> cache, QObject* parent = nullptr);
    void start(const PictureRequest& request);
    void cancel() { m_job.cancel(); }
    bool isRunning() const { return m_job.isRunning(); }

signals:
    void succeeded(std::shared_ptr<const quantoscope::LayerPicture> picture);
    void failed(const quantoscope::JobError& error);
    void cancelled();

private:
    std::shared_ptr<LayerCache> m_cache;
    JobRunner<LayerPicture> m_job;
};

/// The error of the selected layer at every bit width.
class SweepRunner : public QObject
{
    Q_OBJECT

public:
    using Sweep = std::vector<SweepPoint>;
    static constexpr int widest = 16;

    explicit SweepRunner(std::shared_ptr<LayerCache> cache, QObject* parent = nullptr);
    void start(const std::shared_ptr<const Network>& network, LayerId layer, const Scheme& scheme);
    void cancel() { m_job.cancel(); }
    bool isRunning() const { return m_job.isRunning(); }

signals:
    void succeeded(std::shared_ptr<const std::vector<quantoscope::SweepPoint>> sweep);
    void failed(const quantoscope::JobError& error);
    void cancelled();

private:
    std::shared_ptr<LayerCache> m_cache;
    JobRunner<Sweep> m_job;
};

} // namespace quantoscope
