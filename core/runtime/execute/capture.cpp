// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/capture.h"

#include "core/support/error.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace quantoscope {

namespace {

/// Values whose sizes are measured in one run of one sample.
constexpr std::size_t probedAtOnce = 32;

/// A value that was asked for, once however often.
struct Wanted
{
    std::string name;
    std::vector<std::size_t> indices; ///< into the caller's names
    std::size_t sampleBytes = 0;
};

std::vector<Wanted> distinct(const std::vector<std::string>& names)
{
    std::vector<Wanted> wanted;
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto [place, isNew] = places.emplace(names[i], wanted.size());
        if (isNew)
            wanted.push_back({names[i], {}, 0});
        wanted[place->second].indices.push_back(i);
    }
    return wanted;
}

using Group = std::span<Wanted>;

/// The first `count` samples of a batch whose other places were filled up.
Tensor firstOf(const Tensor& tensor, std::size_t count, std::size_t batch)
{
    if (count == batch || tensor.shape.empty() || tensor.shape[0] != static_cast<std::int64_t>(batch))
        return tensor;
    Tensor cut = tensor;
    cut.shape[0] = static_cast<std::int64_t>(count);
    cut.bytes = cut.bytes.first(packedBytes(cut.dtype, cut.size()));
    return cut;
}

class Capturer
{
public:
    Capturer(std::shared_ptr<const RunModel> model, const SampleSource& samples, const SampleOrder& order,
             const CaptureOptions& options, std::shared_ptr<CustomOperators> operators, std::stop_token stop)
        : m_model(std::move(model)), m_samples(samples), m_order(order), m_options(options),
          m_operators(std::move(operators)), m_stop(std::move(stop))
    {
    }

    void run(std::vector<Wanted>& wanted, const std::function<void(const CapturedValue&)>& take,
             const ProgressFn& progress)
    {
        auto session = probe(wanted);
        chooseBatch(*session, wanted);
        const std::vector<Group> groups = grouped(wanted);
        m_total = groups.size() * m_order.size();
        for (const Group group : groups) {
            if (groups.size() > 1 || wanted.size() > probedAtOnce)
                session = std::make_unique<NetworkSession>(sessionFor(group));
            runGroup(*session, group, take, progress);
        }
    }

private:
    NetworkSession sessionFor(Group group) const
    {
        SessionOptions options;
        options.threads = m_options.threads;
        for (const Wanted& value : group)
            options.observed.push_back(value.name);
        return NetworkSession(m_model, options, m_operators, m_stop);
    }

    /// Measures every value on the first sample. Returns the last session.
    std::unique_ptr<NetworkSession> probe(std::vector<Wanted>& wanted) const
    {
        std::unique_ptr<NetworkSession> session;
        for (std::size_t first = 0; first < wanted.size(); first += probedAtOnce) {
            const Group group = Group(wanted).subspan(first, std::min(probedAtOnce, wanted.size() - first));
            session = std::make_unique<NetworkSession>(sessionFor(group));
            const std::size_t batch = batchFor(*session, 1);
            const std::vector<Tensor> values = runBatch(*session, 0, 1, batch);
            for (std::size_t i = 0; i < group.size(); ++i)
                group[i].sampleBytes = values[values.size() - group.size() + i].bytes.size() / batch;
        }
        return session;
    }

    /// Fewer samples at once cost less than running the network again.
    void chooseBatch(const NetworkSession& session, const std::vector<Wanted>& wanted)
    {
        std::size_t bytes = 1;
        for (const Wanted& value : wanted)
            bytes += value.sampleBytes;
        m_isFixed = batchFor(session, 1) == batchFor(session, 2);
        m_batch =
            batchFor(session, std::clamp<std::size_t>(m_options.memoryBytes / bytes, 1, m_options.batch));
    }

    /// As many values as memory allows, one at least.
    std::vector<Group> grouped(std::vector<Wanted>& wanted) const
    {
        std::vector<Group> groups;
        std::size_t first = 0;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const std::size_t more = wanted[i].sampleBytes * m_batch;
            if (i > first && bytes + more > m_options.memoryBytes) {
                groups.push_back(Group(wanted).subspan(first, i - first));
                first = i;
                bytes = 0;
            }
            bytes += more;
        }
        groups.push_back(Group(wanted).subspan(first));
        return groups;
    }

    void runGroup(NetworkSession& session, Group group, const std::function<void(const CapturedValue&)>& take,
                  const ProgressFn& progress)
    {
        for (std::size_t first = 0; first < m_order.size(); first += m_batch) {
            const std::size_t count = std::min(m_batch, m_order.size() - first);
            const std::size_t size = m_isFixed ? m_batch : count;
            std::vector<Tensor> values = runBatch(session, first, count, size);
            for (std::size_t i = 0; i < group.size(); ++i) {
                Tensor& value = values[values.size() - group.size() + i];
                const Tensor part = firstOf(value, count, size);
                for (const std::size_t index : group[i].indices)
                    take({index, first, count, part});
                value = {}; // its memory serves the next batch
            }
            m_done += count;
            if (progress)
                progress(Stage::Capturing, m_done, m_total);
        }
    }

    /// `count` samples from `first` in the order; further ones up to `size` repeat the last.
    std::vector<Tensor> runBatch(NetworkSession& session, std::size_t first, std::size_t count,
                                 std::size_t size) const
    {
        throwIfStopped(m_stop);
        const auto begin = m_order.begin() + static_cast<std::ptrdiff_t>(first);
        std::vector<std::size_t> indices(begin, begin + static_cast<std::ptrdiff_t>(count));
        indices.resize(size, indices.back());
        return session.run(m_samples.read(indices), m_stop);
    }

    std::shared_ptr<const RunModel> m_model;
    const SampleSource& m_samples;
    const SampleOrder& m_order;
    const CaptureOptions& m_options;
    std::shared_ptr<CustomOperators> m_operators;
    std::stop_token m_stop;
    std::size_t m_batch = 1;
    bool m_isFixed = false; ///< m_batch is the graph's own
    std::size_t m_done = 0;
    std::size_t m_total = 0;
};

} // namespace

void capture(std::shared_ptr<const RunModel> model, const SampleSource& samples, const SampleOrder& order,
             const std::vector<std::string>& names, const CaptureOptions& options,
             const std::function<void(const CapturedValue&)>& take, std::stop_token stop,
             const ProgressFn& progress, std::shared_ptr<CustomOperators> operators)
{
    if (options.batch < 1)
        throw Error(ErrorCode::InvalidArgument, "Samples are captured in batches of at least 1.");
    std::vector<Wanted> wanted = distinct(names);
    if (wanted.empty() || order.empty())
        return;
    Capturer(std::move(model), samples, order, options, std::move(operators), std::move(stop))
        .run(wanted, take, progress);
}

std::size_t batchFor(const NetworkSession& session, std::size_t wanted)
{
    std::optional<std::int64_t> fixed;
    bool open = false;
    for (const GraphValue& input : session.inputs()) {
        if (input.shape.empty())
            continue;
        open = open || input.shape[0] < 0;
        if (!fixed && input.shape[0] > 0)
            fixed = input.shape[0];
    }
    if (!fixed)
        return wanted;
    // Where some inputs stack samples and others cannot, each sample runs by itself.
    return open ? 1 : static_cast<std::size_t>(*fixed);
}

std::string whyNotObservable(const Layer& layer)
{
    if (layer.uses.empty())
        return "it is an array without a network";
    const bool observed = std::any_of(layer.uses.begin(), layer.uses.end(),
                                      [](const WeightUseNode& use) { return !use.input.empty(); });
    if (observed)
        return {};
    if (layer.uses.front().inBody)
        return "it lies in the body of an If, Loop or Scan";
    return "its weight is multiplied with the state inside of the node";
}

} // namespace quantoscope
