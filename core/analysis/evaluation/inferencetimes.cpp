// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/evaluation/inferencetimes.h"

#include "core/kernels/timing/measure.h"
#include "core/runtime/qdq/qdqsession.h"
#include "core/support/error.h"

#include <algorithm>

namespace quantoscope {

namespace {

LatencyStats nanoseconds(const Timing& timing)
{
    std::vector<double> samples = timing.samples;
    for (double& sample : samples)
        sample *= 1e9;
    return latencyStats(std::move(samples));
}

} // namespace

InferenceTimes inferenceTimes(std::shared_ptr<const RunModel> original, const QuantizedNetwork& quantized,
                              const EditedModel* integer, const SampleSource& inputs, std::size_t sample,
                              std::size_t runs, int threads, std::stop_token stop)
{
    InferenceTimes result;
    const std::vector<InputValue> values = inputs.read(std::span(&sample, 1));
    std::vector<NetworkSession> sessions;
    sessions.reserve(3);
    std::vector<Candidate> candidates;
    std::vector<std::optional<LatencyStats> JudgedTimes::*> places;
    const auto add = [&](const std::string& name, NetworkSession session,
                         std::optional<LatencyStats> JudgedTimes::*place) {
        sessions.push_back(std::move(session));
        candidates.push_back(
            {name, [&session = sessions.back(), &values, &stop] { session.run(values, stop); }});
        places.push_back(place);
    };
    SessionOptions deployed;
    deployed.threads = threads;
    deployed.optimization = Optimization::Deployed;
    add("fp32", NetworkSession(original, deployed, {}, stop), &JudgedTimes::fp32);
    if (integer)
        add("ours", NetworkSession(integer->model, deployed, integer->operators, stop), &JudgedTimes::ours);
    try {
        const EditedModel qdq = qdqQuantized(quantized, stop);
        const auto inIntegers = [](const Replacement& replacement) { return replacement.replaced; };
        const auto count = std::count_if(qdq.replacements.begin(), qdq.replacements.end(), inIntegers);
        if (count == 0)
            throw Error(ErrorCode::Unsupported,
                        qdq.replacements.empty() ? "there are no layers" : qdq.replacements.front().reason);
        result.ortLayers = static_cast<std::size_t>(count);
        deployed.quantizedFusions = true;
        add("ort", NetworkSession(qdq.model, deployed, qdq.operators, stop), &JudgedTimes::ort);
        sessions.back().run(values, stop);
    } catch (const Error& error) {
        result.whyNoOrt = error.what();
        if (candidates.back().name == "ort")
            candidates.pop_back();
    }

    MeasureOptions options;
    options.rounds = runs;
    options.sample = std::chrono::nanoseconds(1); // each inference by itself: latencies, not means
    options.budget = std::chrono::seconds(20);
    options.threads = threads;
    const Measurement measurement = measure(candidates, options, stop);
    for (std::size_t i = 0; i < candidates.size(); ++i)
        result.times.*places[i] = nanoseconds(measurement.timings[i]);
    return result;
}

} // namespace quantoscope
