// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/timing/roofline.h"

#include "core/kernels/alignedbuffer.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <unistd.h>

namespace quantoscope {

namespace {

using Clock = std::chrono::steady_clock;

/// Shortest time of calls for 20 ms, at least 4.
double bestSeconds(const std::function<void()>& call, const std::stop_token& stop)
{
    double best = 1e9;
    double total = 0;
    for (int i = 0; i < 4 || total < 0.020; ++i) {
        throwIfStopped(stop);
        const Clock::time_point start = Clock::now();
        call();
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        best = std::min(best, std::max(seconds, 1e-9));
        total += seconds;
    }
    return best;
}

/// Four times the last cache where the system names it, within reason.
std::size_t bufferBytes()
{
    long cache = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
    cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    constexpr std::size_t mebibyte = std::size_t{1} << 20;
    return std::clamp(4 * static_cast<std::size_t>(std::max(cache, 0L)), 128 * mebibyte, 512 * mebibyte);
}

/// Bytes a second that `threads` read together.
double readRate(Isa isa, std::span<const std::uint64_t> words, int threads, const std::stop_token& stop)
{
    constexpr std::size_t piece = std::size_t{1} << 18; // 2 MiB: many for each thread
    const ThreadLimit limit(threads);
    std::atomic<std::uint64_t> sink = 0;
    const auto readAll = [&] {
        parallelFor((words.size() + piece - 1) / piece, [&](std::size_t i) {
            const std::size_t first = i * piece;
            sink += streamingSum(isa, words.subspan(first, std::min(piece, words.size() - first)));
        });
    };
    return static_cast<double>(words.size_bytes()) / bestSeconds(readAll, stop);
}

} // namespace

double RooflineFigures::peak(Arithmetic arithmetic) const
{
    switch (arithmetic) {
    case Arithmetic::Int8:
        return int8Peak;
    case Arithmetic::Int16:
        return int16Peak;
    case Arithmetic::Binary:
        return binaryPeak;
    case Arithmetic::Float:
        break;
    }
    return floatPeak;
}

RooflineFigures measureRoofline(std::string cpu, Isa isa, int threads, std::stop_token stop)
{
    if (threads < 1)
        throw Error(ErrorCode::InvalidArgument, "Figures of " + std::to_string(threads)
                                                    + " threads were asked for; at least 1 is needed.");
    const auto peakOf = [&](Arithmetic arithmetic) {
        const RegisterLoop loop = registerLoop(isa, arithmetic);
        return loop.macs / bestSeconds(loop.run, stop);
    };
    RooflineFigures figures;
    figures.cpu = std::move(cpu);
    figures.isa = isa;
    figures.threads = threads;
    figures.int8Peak = peakOf(Arithmetic::Int8);
    figures.int16Peak = peakOf(Arithmetic::Int16);
    figures.binaryPeak = peakOf(Arithmetic::Binary);
    figures.floatPeak = peakOf(Arithmetic::Float);

    const AlignedBuffer<std::uint64_t> memory(bufferBytes() / sizeof(std::uint64_t));
    figures.readOneThread = readRate(isa, memory.span(), 1, stop);
    figures.readAllThreads =
        threads == 1 ? figures.readOneThread : readRate(isa, memory.span(), threads, stop);
    return figures;
}

const RooflineFigures* RooflineCache::find(const std::string& cpu, Isa isa, int threads) const
{
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const RooflineFigures& entry) {
        return entry.cpu == cpu && entry.isa == isa && entry.threads == threads;
    });
    return found == entries.end() ? nullptr : &*found;
}

void RooflineCache::put(RooflineFigures figures)
{
    std::erase_if(entries, [&](const RooflineFigures& entry) {
        return entry.cpu == figures.cpu && entry.isa == figures.isa && entry.threads == figures.threads;
    });
    entries.push_back(std::move(figures));
}

double rooflineShare(double seconds, double bytes, double macs, double bytesPerSecond, double macsPerSecond)
{
    if (!(seconds > 0))
        return 0;
    const double reading = bytesPerSecond > 0 ? bytes / bytesPerSecond : 0;
    const double multiplying = macsPerSecond > 0 ? macs / macsPerSecond : 0;
    return std::max(reading, multiplying) / seconds;
}

} // namespace quantoscope
