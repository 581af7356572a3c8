// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/algorithms.h"

#include "core/quant/algorithms/adaround.h"
#include "core/quant/algorithms/awq.h"
#include "core/quant/algorithms/gptq.h"
#include "core/quant/algorithms/hqq.h"
#include "core/quant/quantize.h"
#include "core/support/error.h"

namespace quantoscope {

namespace {

AlgorithmResult nearestRounding(const ChannelMajor& weights, const Scheme& scheme,
                                const std::stop_token& stop)
{
    AlgorithmResult result;
    result.params = makeParamSets(scheme, layoutFor(scheme, weights), estimateRanges(weights, scheme, stop));
    result.rows = result.rowsKept = weights.channels;
    return result;
}

} // namespace

bool needsInputs(Algorithm algorithm) { return algorithm != Algorithm::Rtn && algorithm != Algorithm::Hqq; }

AlgorithmResult runAlgorithm(const ChannelMajor& weights, const Scheme& scheme,
                             const std::optional<LayerInputs>& inputs, std::stop_token stop,
                             const ProgressFn& progress)
{
    if (needsInputs(scheme.algorithm) && !inputs)
        throw Error(ErrorCode::InvalidArgument, "algorithm=" + std::string(nameOf(scheme.algorithm))
                                                    + " needs inputs of the layer: pass calibration data.");
    switch (scheme.algorithm) {
    case Algorithm::Rtn:
        break;
    case Algorithm::Gptq:
    case Algorithm::GptqActOrder:
        return runGptq(weights, scheme, *inputs, {}, stop, progress);
    case Algorithm::Awq:
        return runAwq(weights, scheme, *inputs, {}, stop, progress);
    case Algorithm::AdaRound:
        return runAdaRound(weights, scheme, *inputs, {}, stop, progress);
    case Algorithm::Hqq:
        return runHqq(weights, scheme, {}, stop, progress);
    }
    return nearestRounding(weights, scheme, stop);
}

} // namespace quantoscope
