// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/subset.h"

#include "core/formats/synth/counterrandom.h"
#include "core/samples/arraysource.h"
#include "core/support/error.h"
#include "core/support/progress.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace quantoscope {

namespace {

/// Counter-based numbers below a bound, all equally likely: those above the last whole multiple are thrown away.
class BoundedNumbers
{
public:
    explicit BoundedNumbers(std::uint64_t seed) : m_random(seed) {}

    std::size_t below(std::size_t bound)
    {
        const std::uint64_t least = (std::numeric_limits<std::uint64_t>::max() - bound + 1) % bound;
        std::uint64_t bits = m_random.bits(m_next++);
        while (bits < least)
            bits = m_random.bits(m_next++);
        return static_cast<std::size_t>(bits % bound);
    }

private:
    CounterRandom m_random;
    std::uint64_t m_next = 0;
};

class SubsetSource final : public SampleSource
{
public:
    SubsetSource(std::shared_ptr<const SampleSource> source, std::vector<std::size_t> indices)
        : m_source(std::move(source)), m_indices(std::move(indices))
    {
    }

    std::size_t count() const override { return m_indices.size(); }

    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        std::vector<std::size_t> original;
        original.reserve(indices.size());
        for (const std::size_t index : indices)
            original.push_back(m_indices[index]);
        return m_source->read(original);
    }

    std::array<std::uint8_t, 32> hash(std::size_t index) const override
    {
        return m_source->hash(m_indices[index]);
    }

    std::string description() const override
    {
        return m_source->description() + ", of these " + sampleCountText(m_indices.size());
    }

    bool isSynthetic() const override { return m_source->isSynthetic(); }

    std::optional<std::vector<std::int64_t>> labels() const override
    {
        const auto all = m_source->labels();
        if (!all)
            return std::nullopt;
        std::vector<std::int64_t> labels;
        labels.reserve(m_indices.size());
        for (const std::size_t index : m_indices)
            labels.push_back((*all)[index]);
        return labels;
    }

private:
    std::shared_ptr<const SampleSource> m_source;
    std::vector<std::size_t> m_indices;
};

using Digest = std::array<std::uint8_t, 32>;

/// The bytes of a SHA-256 are as good a hash as any.
struct FirstBytes
{
    std::size_t operator()(const Digest& digest) const
    {
        std::size_t value = 0;
        std::memcpy(&value, digest.data(), sizeof value);
        return value;
    }
};

} // namespace

std::vector<std::size_t> drawIndices(std::size_t count, std::size_t wanted, std::uint64_t seed)
{
    if (wanted > count)
        throw Error(ErrorCode::InvalidArgument, sampleCountText(wanted) + " are asked for, but there "
                                                    + (count == 1 ? "is " : "are ") + std::to_string(count)
                                                    + ".");
    std::vector<std::size_t> indices(count);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    BoundedNumbers numbers(seed);
    for (std::size_t i = 0; i < wanted; ++i)
        std::swap(indices[i], indices[i + numbers.below(count - i)]);
    indices.resize(wanted);
    return indices;
}

std::shared_ptr<const SampleSource> subsetOf(std::shared_ptr<const SampleSource> source,
                                             std::vector<std::size_t> indices)
{
    assert(std::all_of(indices.begin(), indices.end(), [&](std::size_t i) { return i < source->count(); }));
    return std::make_shared<SubsetSource>(std::move(source), std::move(indices));
}

Overlap overlapOf(const SampleSource& first, const SampleSource& second, std::stop_token stop,
                  std::size_t mostPairs)
{
    std::unordered_map<Digest, std::size_t, FirstBytes> known;
    for (std::size_t i = 0; i < second.count(); ++i) {
        throwIfStopped(stop);
        known.emplace(second.hash(i), i);
    }
    Overlap overlap;
    for (std::size_t i = 0; i < first.count(); ++i) {
        throwIfStopped(stop);
        const auto found = known.find(first.hash(i));
        if (found == known.end())
            continue;
        ++overlap.count;
        if (overlap.firstPairs.size() < mostPairs)
            overlap.firstPairs.emplace_back(i, found->second);
    }
    return overlap;
}

} // namespace quantoscope
