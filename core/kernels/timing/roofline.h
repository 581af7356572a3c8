// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/timing/registerloops.h"

#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// What one machine can do at most, as measured: bytes and multiply-accumulates a second, each the best of its repetitions.
struct RooflineFigures
{
    std::string cpu; ///< as the caller names it
    Isa isa = Isa::Scalar;
    int threads = 1;

    double readOneThread = 0;  ///< streaming read of memory beyond the caches
    double readAllThreads = 0; ///< by `threads`
    double int8Peak = 0;       ///< the peaks are those of one thread
    double int16Peak = 0;
    double binaryPeak = 0; ///< pairs of bits
    double floatPeak = 0;

    double peak(Arithmetic arithmetic) const;
    bool operator==(const RooflineFigures&) const = default;
};

/// Takes well under a second and up to 512 MiB. Throws Cancelled within some ms; Error(InvalidArgument) for threads < 1.
RooflineFigures measureRoofline(std::string cpu, Isa isa, int threads, std::stop_token stop = {});

/// Figures of the machines and settings met so far; whoever keeps it writes the fields to a file and reads them back.
struct RooflineCache
{
    std::vector<RooflineFigures> entries;

    /// Null: not measured yet. Valid until the next put().
    const RooflineFigures* find(const std::string& cpu, Isa isa, int threads) const;
    /// Replaces those of the same processor, instruction set and threads.
    void put(RooflineFigures figures);
};

/// Share of the roofline that work reaches which reads `bytes` and multiplies `macs` times in `seconds`:
/// max(bytes / bytesPerSecond, macs / macsPerSecond) / seconds. 1: the machine can do no better; above 1: the data were in a cache,
/// whose bandwidth is no part of the figures. 0 where seconds or both limits are not positive.
double rooflineShare(double seconds, double bytes, double macs, double bytesPerSecond, double macsPerSecond);

} // namespace quantoscope
