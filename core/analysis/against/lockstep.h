// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/capture.h"

namespace quantoscope {

/// Values of two networks that are looked at together; "": none of that network.
struct ValuePair
{
    std::string original;
    std::string quantized;
};

/// A batch of both, valid during the call alone; null where there is none.
struct PairedValues
{
    std::size_t index = 0; ///< into the pairs
    std::size_t samples = 0;
    const Tensor* original = nullptr;
    const Tensor* quantized = nullptr;
};

/// Runs both networks on the same samples, batch by batch, and hands over the pairs: values of the main graphs, inputs and outputs too, in
/// sample order. Several passes where one would hold more than memoryBytes; batches become smaller before a pair is refused.
/// Inputs of other names go by position. Throws Error(InvalidArgument) where the files take different numbers of inputs, Error as
/// NetworkSession does, Cancelled.
void runInLockstep(const std::shared_ptr<const RunModel>& original,
                   const std::shared_ptr<const RunModel>& quantized, const SampleSource& samples,
                   const SampleOrder& order, const std::vector<ValuePair>& pairs,
                   const CaptureOptions& options, const std::function<void(const PairedValues&)>& take,
                   std::stop_token stop = {}, const ProgressFn& progress = {});

} // namespace quantoscope
