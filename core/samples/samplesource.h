// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace quantoscope {

/// One value for a graph input.
struct InputValue
{
    std::string
        name; ///< "" where a source has a single array that belongs to the only input without a default
    Tensor tensor;
};

/// Samples for a network, read when they are asked for. Immutable, thread-safe.
class SampleSource
{
public:
    virtual ~SampleSource() = default;

    virtual std::size_t count() const = 0;

    /// The samples of these indices, stacked along axis 0 of every array in the order given; arrays that are the same for all
    /// samples (scalars such as a sampling rate) as they are. Throws Error naming file and entry.
    virtual std::vector<InputValue> read(std::span<const std::size_t> indices) const = 0;

    /// SHA-256 of one sample's shape, type and bytes: equal for samples that are the same whatever file they lie in.
    virtual std::array<std::uint8_t, 32> hash(std::size_t index) const = 0;

    /// "digits.npz, 1,000 samples" or "synthetic: standard normal, seed 1", one line for people.
    virtual std::string description() const = 0;
    /// Made up, not measured on anything: results on it must say so.
    virtual bool isSynthetic() const { return false; }

    /// Class of every sample, 0 …, or nothing.
    virtual std::optional<std::vector<std::int64_t>> labels() const { return std::nullopt; }
};

} // namespace quantoscope
