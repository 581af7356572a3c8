// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/bench/layerwork.h"
#include "core/kernels/timing/measure.h"
#include "core/kernels/timing/roofline.h"

#include <functional>
#include <optional>
#include <span>

namespace quantoscope {

struct BenchOptions
{
    std::size_t batch = 1;
    int threads = 1;
    Isa isa = bestIsa();
    bool saturating = false; ///< 8-bit products also as AVX2's vpmaddubsw sums them
    std::chrono::milliseconds budget{
        400}; ///< about, for each of the measurements of a scheme: hot, cold, parts
};

/// A peer's time in the same rounds as the kernel's, and how much faster the kernel is: paired ratios of rounds. A peer with 8-bit
/// codes in and out is compared with the kernel's integer run.
struct PeerTiming
{
    std::string name;
    Spread seconds;
    Spread speedup;
};

struct PartTiming
{
    std::string name;
    double seconds = 0; ///< median
};

/// One layer under one scheme by one kernel, measured on this machine. All times are of one run from float32 input to float32
/// output, activation quantization included.
struct LayerTiming
{
    LayerId layer;
    Scheme scheme;
    std::string issue; ///< why nothing was timed; the rest is empty then
    std::string kernel;
    Isa isa = Isa::Scalar;
    int threads = 1;
    std::size_t rows = 0; ///< of a product; convolutions: output positions of all images
    double macs = 0;
    std::uint64_t weightBytes = 0; ///< packed weights
    std::uint64_t bytesRead = 0;   ///< packed weights and float input
    double packSeconds = 0;

    Timing hot;                 ///< weights as the run before left them in the caches
    std::optional<Timing> cold; ///< each run on another copy; all together exceed the last cache
    std::string coldReason;
    double rooflineShare = 0; ///< of the cold time, or, where there is none, of the hot time without bytes
    std::optional<Timing> integer; ///< from int8 codes to int8 codes, between two quantized layers
    std::string integerReason;
    std::size_t clampedBiases = 0;  ///< channels whose bias overflows int32 there
    std::optional<PeerTiming> fp32; ///< the fastest
    std::optional<PeerTiming> ort;
    std::string ortReason;
    std::vector<PartTiming> parts; ///< each by itself, hot
    std::optional<bool> exact;
    std::string exactReason;
    double frequencyDrift = 0;
    bool noisy = false;
};

/// Times one layer under many schemes, one after the other; `done` gets each result as soon as it is there. What a scheme has
/// no kernel for gives a timing with an issue. Throws Cancelled within one run of a kernel.
void benchLayer(const Network& network, const Layer& layer, LayerData& data, std::span<const Scheme> schemes,
                const InputShapes& shapes, const RooflineFigures& limits, const BenchOptions& options,
                const std::function<void(const LayerTiming&)>& done, std::stop_token stop = {});

/// Bytes of the largest cache, 32 MiB where the system does not say.
std::size_t lastCacheBytes();

} // namespace quantoscope
