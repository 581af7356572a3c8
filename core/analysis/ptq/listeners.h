// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/ptq/productinput.h"
#include "core/runtime/execute/capture.h"

#include <functional>
#include <map>
#include <vector>

namespace quantoscope {

/// A batch of a value as those who listen get it: floats, valid during the call.
struct HeardBatch
{
    ValueView value;
    std::uint64_t first = 0; ///< position in the order of the first sample
    std::size_t samples = 0;
};

/// What is to be done with the values of a run: any number of listeners to each value.
class Listeners
{
public:
    void add(const std::string& value, std::function<void(const HeardBatch&)> listener);
    bool empty() const { return m_byValue.empty(); }

    /// Runs the samples once for each group of values that memory allows. Errors as capture(). What is kept of activations is
    /// what the listeners keep.
    void run(std::shared_ptr<const RunModel> model, const SampleSource& samples, const SampleOrder& order,
             const CaptureOptions& options, const std::stop_token& stop, const ProgressFn& progress) const;

private:
    std::map<std::string, std::vector<std::function<void(const HeardBatch&)>>> m_byValue;
};

} // namespace quantoscope
