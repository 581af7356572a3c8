// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"
#include "core/support/progress.h"

#include <functional>

namespace quantoscope {

/// Which samples, in which order.
using SampleOrder = std::vector<std::size_t>;

struct CaptureOptions
{
    /// Samples at once, at most; the graph's own number where its batch dimension is fixed, fewer where their values would exceed
    /// `memoryBytes`.
    std::size_t batch = 16;
    std::size_t memoryBytes = 192u << 20; ///< for the values held at once
    int threads = 1;
};

/// A value of one batch. `tensor` is valid during the call alone.
struct CapturedValue
{
    std::size_t index = 0; ///< into `names`
    std::size_t first = 0; ///< position in the order of the first sample
    std::size_t samples = 0;
    const Tensor& tensor;
};

/// Runs the samples and hands over the values named: any of the main graph, graph inputs and outputs too. Where the values of a
/// single sample exceed memoryBytes, a group of values at a time, the samples once for each group; in sample order within a group.
/// `take` is called from one thread. Sizes are measured on the first sample.
/// Throws Error(InvalidArgument) naming a value that the main graph does not have, Error as NetworkSession does, Cancelled.
void capture(std::shared_ptr<const RunModel> model, const SampleSource& samples, const SampleOrder& order,
             const std::vector<std::string>& names, const CaptureOptions& options,
             const std::function<void(const CapturedValue&)>& take, std::stop_token stop = {},
             const ProgressFn& progress = {}, std::shared_ptr<CustomOperators> operators = {});

/// How many samples a run of this model takes at once: `wanted`, or the fixed size of its batch dimension (the first one of its
/// inputs); 1 where some inputs have a fixed one and others an open one, as recurrent states do.
std::size_t batchFor(const NetworkSession& session, std::size_t wanted);

/// Why the values of a layer cannot be observed ("it lies in the body of an If"); "" when they can.
std::string whyNotObservable(const Layer& layer);

} // namespace quantoscope
