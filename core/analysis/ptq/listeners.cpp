// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/ptq/listeners.h"

namespace quantoscope {

void Listeners::add(const std::string& value, std::function<void(const HeardBatch&)> listener)
{
    m_byValue[value].push_back(std::move(listener));
}

void Listeners::run(std::shared_ptr<const RunModel> model, const SampleSource& samples,
                    const SampleOrder& order, const CaptureOptions& options, const std::stop_token& stop,
                    const ProgressFn& progress) const
{
    if (m_byValue.empty())
        return;
    std::vector<std::string> names;
    for (const auto& [name, listeners] : m_byValue)
        names.push_back(name);
    const auto take = [&](const CapturedValue& captured) {
        const FloatArray floats = floatsOf(captured.tensor);
        const HeardBatch batch{{floats.values, captured.tensor.shape}, captured.first, captured.samples};
        for (const auto& listener : m_byValue.at(names.at(captured.index))) {
            throwIfStopped(stop);
            listener(batch);
        }
    };
    capture(std::move(model), samples, order, names, options, take, stop, progress);
}

} // namespace quantoscope
