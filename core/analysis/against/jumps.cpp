// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/jumps.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

constexpr double blameDb = 3; // half of the noise amplitude would go

struct Upstream
{
    double best = std::nan("");
    double worst = std::nan("");
};

/// NaN, an exact or unobserved layer, says nothing here.
Upstream upstreamOf(const AgainstReport& report, const Layer& layer)
{
    Upstream upstream;
    for (const LayerId id : layer.before) {
        const double sqnr = report.layers[id.index].accumulatedSqnrDb;
        upstream.best = std::fmax(upstream.best, sqnr);
        upstream.worst = std::fmin(upstream.worst, sqnr);
    }
    const double own = report.layers[layer.id.index].ourLocalSqnrDb;
    if (std::isnan(upstream.best))
        upstream.best = upstream.worst = own;
    return upstream;
}

/// What mending the best of the file's faults brings; infinite where something is wrong beyond numbers.
double bestGain(const std::vector<AgainstCause>& causes)
{
    double best = 0;
    for (const AgainstCause& cause : causes)
        if (cause.ofFile)
            best = std::max(best, std::isnan(cause.gainDb) ? HUGE_VAL : cause.gainDb);
    return best;
}

bool isJump(const AgainstReport& report, const AgainstLayer& layer, const Upstream& upstream)
{
    const double jump = report.settings.jumpDb;
    if (!(layer.dropDb >= jump))
        return false;
    if (bestGain(layer.causes) >= blameDb)
        return true;
    // A layer may amplify the noise of those before it: twice the drop is asked for where no cause is known.
    return upstream.worst - layer.accumulatedSqnrDb >= 2 * jump
           && !(layer.localSqnrDb - layer.accumulatedSqnrDb < 2 * jump);
}

} // namespace

void judgeLayers(AgainstReport& report)
{
    for (AgainstLayer& layer : report.layers) {
        const Upstream upstream = upstreamOf(report, report.original->layer(layer.layer));
        layer.dropDb = upstream.best - layer.accumulatedSqnrDb;
        layer.jump = isJump(report, layer, upstream);
        layer.suspicious = layer.jump || bestGain(layer.causes) >= report.settings.causeDb;
        if (layer.jump && !report.firstJump)
            report.firstJump = layer.layer;
        if (layer.jump && layer.causes.empty())
            layer.causes.push_back({"unknown",
                                    "The layer's own quantization does not explain the drop: the files "
                                    "compute something else here.",
                                    {{"dropDb", layer.dropDb}},
                                    std::nan("")});
    }
    for (AgainstOutput& output : report.outputs)
        output.suspicious = bestGain(output.causes) >= report.settings.causeDb;
}

} // namespace quantoscope
