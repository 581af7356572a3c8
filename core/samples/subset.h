// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/samplesource.h"

#include <memory>
#include <stop_token>
#include <utility>

namespace quantoscope {

/// `wanted` different indices below `count` in random order, all choices equally likely; wanted = count shuffles. The same
/// for a seed on every machine: the first steps of the Fisher-Yates shuffle with CounterRandom (counterrandom.h). Throws
/// Error(InvalidArgument) when there are fewer than wanted.
std::vector<std::size_t> drawIndices(std::size_t count, std::size_t wanted, std::uint64_t seed);

/// The samples of these indices of `source`, in that order, labels too. An index may occur more than once.
std::shared_ptr<const SampleSource> subsetOf(std::shared_ptr<const SampleSource> source,
                                             std::vector<std::size_t> indices);

/// Samples that two sources share, by their hashes.
struct Overlap
{
    std::size_t count = 0; ///< samples of the first source that occur in the second
    std::vector<std::pair<std::size_t, std::size_t>>
        firstPairs; ///< index in the first, lowest index in the second
};

/// Reads every sample of both once and keeps 40 bytes of each of the second. Throws Cancelled and what reading throws.
Overlap overlapOf(const SampleSource& first, const SampleSource& second, std::stop_token stop = {},
                  std::size_t mostPairs = 5);

} // namespace quantoscope
