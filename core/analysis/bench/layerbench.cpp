// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/bench/layerbench.h"

#include "core/analysis/bench/layerpeers.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <unistd.h>

#include <algorithm>

namespace quantoscope {

namespace {

/// Copies that together are half as large again as the last cache; 0: too many to keep.
std::size_t coldCopies(std::uint64_t weightBytes)
{
    constexpr std::size_t most = 4096;
    const std::size_t wanted = lastCacheBytes() * 3 / 2;
    const std::size_t copies = weightBytes == 0 ? most + 1 : (wanted + weightBytes - 1) / weightBytes + 1;
    return copies <= most ? copies : 0;
}

class SchemeBench
{
public:
    SchemeBench(LayerKernel& kernel, LayerPeers& peers, const LayerWork& work, const RooflineFigures& limits,
                const BenchOptions& options, std::stop_token stop)
        : m_kernel(kernel), m_peers(peers), m_work(work), m_limits(limits), m_options(options),
          m_stop(std::move(stop))
    {
    }

    void measureInto(LayerTiming& timing)
    {
        describe(timing);
        const KernelProof proof = m_kernel.prove();
        timing.exact = proof.exact;
        timing.exactReason = proof.reason;
        throwIfStopped(m_stop);
        hot(timing);
        parts(timing);
        cold(timing);
        share(timing);
        timing.noisy = timing.hot.noisy || (timing.cold && timing.cold->noisy);
    }

private:
    MeasureOptions measureOptions(std::size_t rounds) const
    {
        MeasureOptions options;
        options.rounds = rounds;
        options.budget = m_options.budget;
        options.threads = m_options.threads;
        return options;
    }

    void describe(LayerTiming& timing) const
    {
        timing.kernel = m_kernel.name();
        timing.isa = m_kernel.isa();
        timing.threads = m_options.threads;
        timing.rows = m_work.rows;
        if (m_work.conv)
            timing.rows *= static_cast<std::size_t>(m_work.conv->positions());
        if (m_work.transposed)
            timing.rows *= static_cast<std::size_t>(m_work.transposed->positions());
        timing.macs = m_work.macs();
        timing.weightBytes = m_kernel.weightBytes();
        timing.bytesRead = m_kernel.weightBytes() + m_work.inputSize() * sizeof(float);
        timing.packSeconds = m_kernel.packSeconds();
    }

    /// The kernel, what it is between quantized layers, and its peers, in the same rounds.
    void hot(LayerTiming& timing)
    {
        std::vector<Candidate> candidates = {{m_kernel.name(), [this] { m_kernel.run(); }}};
        const IntegerRun integer = m_kernel.integerRun();
        timing.integerReason = integer.reason;
        timing.clampedBiases = integer.clampedBiases;
        const std::size_t integerAt = candidates.size();
        if (integer.run)
            candidates.push_back({m_kernel.name() + ", codes in and out", integer.run});
        const std::size_t floatsAt = candidates.size();
        for (const LayerPeer* peer : m_peers.floats())
            candidates.push_back({peer->name, peer->run});
        const std::size_t ortAt = candidates.size();
        const LayerPeer* ort = m_peers.onnxRuntime(timing.scheme, timing.ortReason);
        if (ort)
            candidates.push_back({ort->name, ort->run});

        const Measurement measured = measure(candidates, measureOptions(15), m_stop);
        timing.hot = measured.timings[0];
        timing.frequencyDrift = measured.frequencyDrift;
        if (integer.run)
            timing.integer = measured.timings[integerAt];
        timing.fp32 = fastest(std::span(measured.timings).subspan(floatsAt, ortAt - floatsAt), timing.hot);
        if (!ort)
            return;
        const bool comparable = !ort->codesInAndOut || timing.integer;
        if (comparable)
            timing.ort =
                peerTiming(measured.timings[ortAt], ort->codesInAndOut ? *timing.integer : timing.hot);
        else
            timing.ortReason = "It takes and gives 8-bit codes; here: " + timing.integerReason;
    }

    static PeerTiming peerTiming(const Timing& peer, const Timing& own)
    {
        return {peer.name, peer.seconds, pairedRatio(peer, own)};
    }

    static std::optional<PeerTiming> fastest(std::span<const Timing> peers, const Timing& own)
    {
        if (peers.empty())
            return std::nullopt;
        return peerTiming(*std::min_element(peers.begin(), peers.end(),
                                            [](const Timing& a, const Timing& b) {
                                                return a.seconds.median < b.seconds.median;
                                            }),
                          own);
    }

    void parts(LayerTiming& timing)
    {
        std::vector<Candidate> candidates;
        const std::vector<KernelPart> parts = m_kernel.parts();
        for (const KernelPart& part : parts)
            candidates.push_back({part.name, part.run});
        for (const Timing& part : measure(candidates, measureOptions(7), m_stop).timings)
            timing.parts.push_back({part.name, part.seconds.median});
    }

    void cold(LayerTiming& timing)
    {
        const std::size_t copies = coldCopies(m_kernel.weightBytes());
        if (copies == 0) {
            timing.coldReason = "The weights are so small that they never leave the caches.";
            return;
        }
        m_kernel.keepCopies(copies);
        const Candidate candidate{m_kernel.name(), [this] { m_kernel.run(); }, [this] { m_kernel.rotate(); }};
        timing.cold = measure(std::span(&candidate, 1), measureOptions(15), m_stop).timings[0];
        m_kernel.keepCopies(1);
    }

    void share(LayerTiming& timing) const
    {
        const double peak = m_limits.peak(m_kernel.arithmetic()) * m_options.threads;
        const double read = m_options.threads == 1 ? m_limits.readOneThread : m_limits.readAllThreads;
        const double bytes = timing.cold ? static_cast<double>(timing.bytesRead) : 0;
        const double seconds = timing.cold ? timing.cold->seconds.median : timing.hot.seconds.median;
        timing.rooflineShare = quantoscope::rooflineShare(seconds, bytes, timing.macs, read, peak);
    }

    LayerKernel& m_kernel;
    LayerPeers& m_peers;
    const LayerWork& m_work;
    const RooflineFigures& m_limits;
    const BenchOptions& m_options;
    std::stop_token m_stop;
};

/// The kernels that a scheme is timed with.
std::vector<KernelChoice> choicesFor(const Scheme& scheme, const BenchOptions& options)
{
    std::vector<KernelChoice> choices = {KernelChoice::Fastest};
    const bool perOutput = scheme.granularity.kind != Granularity::Kind::Group;
    if (scheme.format == Format::Ternary && perOutput && scheme.act && scheme.act->bits <= 8)
        choices.push_back(KernelChoice::MaskedTernary);
    if (options.saturating && scheme.act && scheme.act->format == Format::Int)
        choices.push_back(KernelChoice::Saturating);
    return choices;
}

} // namespace

std::size_t lastCacheBytes()
{
    const long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
    return bytes > 0 ? static_cast<std::size_t>(bytes) : std::size_t{32} << 20;
}

void benchLayer(const Network& network, const Layer& layer, LayerData& data, std::span<const Scheme> schemes,
                const InputShapes& shapes, const RooflineFigures& limits, const BenchOptions& options,
                const std::function<void(const LayerTiming&)>& done, std::stop_token stop)
{
    const ThreadLimit limit(options.threads);
    std::optional<LayerWork> work;
    std::optional<LayerPeers> peers;
    std::string issue;
    try {
        work = layerWork(network, layer, data, shapes, options.batch);
        peers.emplace(*work, options.isa, options.threads);
    } catch (const Error& error) {
        issue = error.what();
    }
    for (const Scheme& scheme : schemes) {
        for (const KernelChoice choice : choicesFor(scheme, options)) {
            LayerTiming timing;
            timing.layer = layer.id;
            timing.scheme = scheme;
            timing.issue = issue;
            try {
                if (issue.empty()) {
                    const auto kernel = makeLayerKernel(withScheme(*work, layer, data, scheme, stop),
                                                        options.isa, choice, stop);
                    SchemeBench(*kernel, *peers, *work, limits, options, stop).measureInto(timing);
                }
            } catch (const Error& error) {
                timing = {};
                timing.layer = layer.id;
                timing.scheme = scheme;
                timing.issue = error.what();
            }
            done(timing);
        }
    }
}

} // namespace quantoscope
