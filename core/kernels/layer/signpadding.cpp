// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/layer/signpadding.h"

#include "core/kernels/layer/windows.h"
#include "core/support/parallelfor.h"

namespace quantoscope {

namespace {

/// Adds the weights of the taps beside the image to the sums of a group's outputs at one position.
void addTaps(const ConvGeometry& g, const float* weights, std::int64_t position, float* sums)
{
    const std::int64_t y = position / g.x.output();
    const std::int64_t x = position % g.x.output();
    for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
        if (isOnImage(g.y, y, tap / g.x.kernel) && isOnImage(g.x, x, tap % g.x.kernel))
            continue;
        for (std::int64_t n = 0; n < g.groupOutputs(); ++n)
            for (std::int64_t c = 0; c < g.groupChannels(); ++c)
                sums[n] += weights[n * g.depth() + c * g.taps() + tap];
    }
}

} // namespace

const float* SignPadding::sumsFor(const ConvGeometry& g)
{
    if (!g.isPadded())
        return nullptr;
    if (m_sums.empty() || !(g == m_geometry)) {
        m_sums.assign(g.outputSize(), 0);
        const std::int64_t positions = g.positions();
        parallelFor(static_cast<std::size_t>(g.groups * positions), [&](std::size_t i) {
            const std::int64_t group = static_cast<std::int64_t>(i) / positions;
            addTaps(g, m_weights.data() + group * g.groupOutputs() * g.depth(),
                    static_cast<std::int64_t>(i) % positions,
                    m_sums.data() + static_cast<std::int64_t>(i) * g.groupOutputs());
        });
        m_geometry = g;
    }
    return m_sums.data();
}

} // namespace quantoscope
