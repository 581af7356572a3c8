// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/lockstep.h"

#include "core/support/error.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace quantoscope {

namespace {

/// One of the networks with some of its values observed.
class Side
{
public:
    Side(const std::shared_ptr<const RunModel>& model, const std::set<std::string>& values, int threads,
         const std::stop_token& stop)
        : m_session(model, optionsFor(*model, values, threads), {}, stop)
    {
        for (std::size_t i = 0; i < m_session.outputs().size(); ++i)
            m_places.emplace(m_session.outputs()[i].name, i);
    }

    const NetworkSession& session() const { return m_session; }

    void run(std::vector<InputValue> inputs, const std::stop_token& stop)
    {
        m_values.clear();
        m_values = m_session.run(inputs, stop);
        m_inputs = std::move(inputs);
    }

    const Tensor* value(const std::string& name) const
    {
        if (const auto place = m_places.find(name); place != m_places.end())
            return &m_values[place->second];
        for (const InputValue& input : m_inputs)
            if (input.name == name || (input.name.empty() && isInput(name)))
                return &input.tensor;
        return nullptr;
    }

private:
    bool isInput(const std::string& name) const
    {
        return std::any_of(m_session.inputs().begin(), m_session.inputs().end(),
                           [&](const GraphValue& input) { return input.name == name; });
    }

    static SessionOptions optionsFor(const RunModel& model, const std::set<std::string>& values, int threads)
    {
        SessionOptions options;
        options.threads = threads;
        std::set<std::string> known;
        for (const auto& input : model.proto.graph().input())
            known.insert(input.name());
        for (const auto& output : model.proto.graph().output())
            known.insert(output.name());
        std::set_difference(values.begin(), values.end(), known.begin(), known.end(),
                            std::back_inserter(options.observed));
        return options;
    }

    NetworkSession m_session;
    std::unordered_map<std::string, std::size_t> m_places;
    std::vector<Tensor> m_values;
    std::vector<InputValue> m_inputs;
};

/// The samples' arrays under the names of the quantized file's inputs.
std::vector<InputValue> renamed(std::vector<InputValue> values, const NetworkSession& from,
                                const NetworkSession& to)
{
    for (InputValue& value : values)
        for (std::size_t i = 0; i < from.inputs().size(); ++i)
            if (from.inputs()[i].name == value.name) {
                value.name = to.inputs()[i].name;
                break;
            }
    return values;
}

void demandSameInputs(const NetworkSession& original, const NetworkSession& quantized,
                      const std::string& file)
{
    if (original.inputs().size() != quantized.inputs().size())
        throw Error(ErrorCode::InvalidArgument,
                    "'" + file + "' takes " + std::to_string(quantized.inputs().size())
                        + " inputs and the float network " + std::to_string(original.inputs().size())
                        + ": they are not the same network.",
                    file);
}

class Lockstep
{
public:
    Lockstep(std::shared_ptr<const RunModel> original, std::shared_ptr<const RunModel> quantized,
             const SampleSource& samples, const SampleOrder& order, const std::vector<ValuePair>& pairs,
             const CaptureOptions& options, std::stop_token stop)
        : m_original(std::move(original)), m_quantized(std::move(quantized)), m_samples(samples),
          m_order(order), m_pairs(pairs), m_options(options), m_stop(std::move(stop))
    {
    }

    void run(const std::function<void(const PairedValues&)>& take, const ProgressFn& progress)
    {
        const auto groups = divide();
        const std::size_t total = groups.size() * m_order.size();
        for (std::size_t g = 0; g < groups.size(); ++g)
            runGroup(groups[g], m_order, take, [&](std::size_t done) {
                if (progress)
                    progress(Stage::Capturing, g * m_order.size() + done, total);
            });
    }

private:
    using Group = std::vector<std::size_t>;

    /// Groups that fit the memory by the sizes that a run of one sample shows.
    std::vector<Group> divide()
    {
        constexpr std::size_t atOnce = 24;
        std::vector<std::size_t> bytes(m_pairs.size(), 0);
        const SampleOrder first(m_order.begin(), m_order.begin() + 1);
        for (std::size_t begin = 0; begin < m_pairs.size(); begin += atOnce) {
            Group group;
            for (std::size_t i = begin; i < std::min(begin + atOnce, m_pairs.size()); ++i)
                group.push_back(i);
            runGroup(group, first,
                     [&](const PairedValues& values) {
                         for (const Tensor* tensor : {values.original, values.quantized})
                             bytes[values.index] += tensor ? tensor->bytes.size() : 0;
                     },
                     {});
        }
        const std::size_t largest = std::max<std::size_t>(1, *std::max_element(bytes.begin(), bytes.end()));
        m_options.batch = std::clamp<std::size_t>(m_options.memoryBytes / largest, 1,
                                                  std::max<std::size_t>(1, m_options.batch));
        std::vector<Group> groups;
        std::size_t held = 0;
        for (std::size_t i = 0; i < m_pairs.size(); ++i) {
            const std::size_t more = bytes[i] * m_options.batch;
            if (groups.empty() || held + more > m_options.memoryBytes) {
                groups.emplace_back();
                held = 0;
            }
            groups.back().push_back(i);
            held += more;
        }
        return groups;
    }

    void runGroup(const Group& group, const SampleOrder& order,
                  const std::function<void(const PairedValues&)>& take,
                  const std::function<void(std::size_t)>& done)
    {
        std::set<std::string> ofOriginal, ofQuantized;
        for (const std::size_t i : group) {
            if (!m_pairs[i].original.empty())
                ofOriginal.insert(m_pairs[i].original);
            if (!m_pairs[i].quantized.empty())
                ofQuantized.insert(m_pairs[i].quantized);
        }
        Side original(m_original, ofOriginal, m_options.threads, m_stop);
        Side quantized(m_quantized, ofQuantized, m_options.threads, m_stop);
        demandSameInputs(original.session(), quantized.session(), m_quantized->file);
        const std::size_t batch = std::min(batchFor(original.session(), m_options.batch),
                                           batchFor(quantized.session(), m_options.batch));
        for (std::size_t first = 0; first < order.size(); first += batch) {
            throwIfStopped(m_stop);
            const std::size_t count = std::min(batch, order.size() - first);
            auto inputs = m_samples.read(std::span(order).subspan(first, count));
            original.run(inputs, m_stop);
            quantized.run(renamed(std::move(inputs), original.session(), quantized.session()), m_stop);
            for (const std::size_t i : group) {
                throwIfStopped(m_stop);
                take({i, count, original.value(m_pairs[i].original), quantized.value(m_pairs[i].quantized)});
            }
            if (done)
                done(first + count);
        }
    }

    std::shared_ptr<const RunModel> m_original, m_quantized;
    const SampleSource& m_samples;
    const SampleOrder& m_order;
    const std::vector<ValuePair>& m_pairs;
    CaptureOptions m_options;
    std::stop_token m_stop;
};

} // namespace

void runInLockstep(const std::shared_ptr<const RunModel>& original,
                   const std::shared_ptr<const RunModel>& quantized, const SampleSource& samples,
                   const SampleOrder& order, const std::vector<ValuePair>& pairs,
                   const CaptureOptions& options, const std::function<void(const PairedValues&)>& take,
                   std::stop_token stop, const ProgressFn& progress)
{
    if (order.empty() || pairs.empty())
        return;
    Lockstep(original, quantized, samples, order, pairs, options, std::move(stop)).run(take, progress);
}

} // namespace quantoscope
