// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/model/runmodel.h"
#include "core/samples/samplesource.h"
#include "ui/models/networkrun.h"

#include <mutex>

namespace quantoscope {

/// The network to be run and the samples opened last, kept between runs. Safe from several threads.
class RunCache
{
public:
    /// Of the network's file. Throws Error, Cancelled.
    std::shared_ptr<const RunModel> model(const std::shared_ptr<const Network>& network,
                                          std::stop_token stop);
    /// The samples of a request, or its calibration samples; null where none are named. Throws Error.
    std::shared_ptr<const SampleSource> samples(const std::shared_ptr<const Network>& network,
                                                const RunRequest& request, bool calibration,
                                                std::stop_token stop);

private:
    struct Opened
    {
        std::shared_ptr<const Network> network;
        RunRequest request; ///< what names the samples, the rest at its default
        std::shared_ptr<const SampleSource> source;
    };

    std::mutex m_mutex;
    std::shared_ptr<const Network> m_network;
    std::shared_ptr<const RunModel> m_model;
    Opened m_opened[2];
};

/// The indices of all samples.
SampleOrder allOf(const SampleSource& source);

} // namespace quantoscope
