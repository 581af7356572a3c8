// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/errormetrics.h"

#include <array>
#include <cmath>
#include <limits>

namespace quantoscope {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double entropyOf(std::span<const std::uint64_t> counts, double total)
{
    double entropy = 0;
    for (const std::uint64_t count : counts) {
        if (count == 0)
            continue;
        const double share = static_cast<double>(count) / total;
        entropy -= share * std::log2(share);
    }
    return entropy + 0.0; // no -0
}

} // namespace

ErrorMetrics errorMetrics(const ErrorSums& sums, std::span<const std::uint64_t> codeCounts, int bits,
                          MetricScope scope)
{
    ErrorMetrics m;
    m.elements = sums.elements;
    m.nanCount = sums.nan;
    m.infCount = sums.inf;
    const auto count = static_cast<double>(sums.elements);
    const auto share = [count](double part) { return part / count; }; // 0/0 is NaN: no elements
    const double squaredError = sums.squaredError();
    m.clippingMse = share(sums.squaredClipping);
    m.roundingMse = share(sums.squaredRounding);
    m.mse = m.clippingMse + m.roundingMse;
    m.rmse = std::sqrt(m.mse);
    const bool silent = !(sums.squaredValue > 0);
    m.nmse = silent ? nan : squaredError / sums.squaredValue;
    m.relativeL2 = std::sqrt(m.nmse);
    const bool overflow = !std::isfinite(squaredError) || !std::isfinite(sums.squaredValue);
    m.sqnrReason = overflow ? "beyond float32" : silent ? "zero signal" : squaredError > 0 ? "" : "exact";
    m.sqnrDb = m.sqnrReason.empty() ? 10 * std::log10(sums.squaredValue / squaredError) : nan;
    m.maxError = sums.elements == 0 ? nan : sums.maxError;
    m.meanError = share(sums.error);
    m.meanAbsError = share(sums.absError);
    const bool mute = silent || !(sums.squaredOutput > 0);
    m.cosine = mute ? nan : sums.valueOutput / std::sqrt(sums.squaredValue * sums.squaredOutput);
    m.zeroedFraction = share(static_cast<double>(sums.zeroed));
    m.clippedBelowFraction = share(static_cast<double>(sums.clippedBelow));
    m.clippedAboveFraction = share(static_cast<double>(sums.clippedAbove));
    m.clippedFraction = share(static_cast<double>(sums.clippedBelow + sums.clippedAbove));
    m.sparsity = share(static_cast<double>(sums.zeroOutput));
    m.saturatedReason = scope.clamping ? "" : "codes do not come from clamping";
    m.saturatedFraction = scope.clamping ? share(static_cast<double>(sums.saturated)) : nan;
    const std::uint64_t inside = sums.elements - sums.clippedBelow - sums.clippedAbove;
    m.stepsReason = !scope.steps  ? "levels are not evenly spaced"
                    : inside == 0 ? "every element is clipped"
                                  : "";
    m.rmseSteps = m.stepsReason.empty() ? std::sqrt(sums.squaredSteps / static_cast<double>(inside)) : nan;
    m.levels = codeCounts.size();
    for (const std::uint64_t used : codeCounts)
        m.levelsUsed += used > 0;
    m.entropyBits = sums.elements == 0 ? nan : entropyOf(codeCounts, count);
    m.entropyFewSamples = count < 10 * std::exp2(bits);
    return m;
}

std::span<const MetricDefinition> metricDefinitions()
{
    using E = ErrorMetrics;
    static const std::array<MetricDefinition, 20> table = {{
        {"sqnrDb", "SQNR", "10·log10(Σx² / Σe²), sums over all elements before the ratio", "dB",
         Better::Higher, "where the error sits: one bad channel disappears among good ones", &E::sqnrDb},
        {"mse", "MSE", "Σe² / N", "value²", Better::Lower,
         "the size of the values: not comparable between layers", &E::mse},
        {"clippingMse", "Clipping MSE", "Σe² / N over elements outside their set's lowest and highest level",
         "value²", Better::Lower, "how few elements may carry it", &E::clippingMse},
        {"roundingMse", "Rounding MSE", "Σe² / N over the elements that are not clipped", "value²",
         Better::Lower, "small values that vanish in level 0", &E::roundingMse},
        {"rmse", "RMSE", "√MSE", "value", Better::Lower, "as MSE", &E::rmse},
        {"nmse", "NMSE", "Σe² / Σx²", "", Better::Lower, "as SQNR", &E::nmse},
        {"relativeL2", "Relative L2", "‖e‖ / ‖x‖", "", Better::Lower, "as SQNR", &E::relativeL2},
        {"maxError", "Largest error", "max |e|", "value", Better::Lower, "everything but one element",
         &E::maxError},
        {"meanError", "Mean error", "Σe / N, signed", "value", Better::Neither,
         "errors that cancel; near 0 is good, for it shifts the layer's output", &E::meanError},
        {"meanAbsError", "Mean absolute error", "Σ|e| / N", "value", Better::Lower, "rare large errors",
         &E::meanAbsError},
        {"cosine", "Cosine", "Σx·x̂ / (‖x‖·‖x̂‖)", "", Better::Higher,
         "a wrong overall scale; saturates near 1", &E::cosine},
        {"zeroedFraction", "Zeroed", "share of non-zero values that become 0", "fraction", Better::Lower,
         "whether those values mattered", &E::zeroedFraction},
        {"sparsity", "Sparsity", "share of x̂ = 0", "fraction", Better::Neither,
         "whether those values mattered", &E::sparsity},
        {"clippedFraction", "Clipped", "share of elements outside their set's lowest and highest level",
         "fraction", Better::Lower, "by how much they are clipped", &E::clippedFraction},
        {"clippedBelowFraction", "Clipped below", "share of elements under their set's lowest level",
         "fraction", Better::Lower, "by how much they are clipped", &E::clippedBelowFraction},
        {"clippedAboveFraction", "Clipped above", "share of elements over their set's highest level",
         "fraction", Better::Lower, "by how much they are clipped", &E::clippedAboveFraction},
        {"saturatedFraction", "Saturated", "share whose unclamped code lies outside the codes", "fraction",
         Better::Lower, "elements clipped by less than half a step", &E::saturatedFraction},
        {"rmseSteps", "RMSE in steps",
         "√(Σ(e/s)² / n) over elements that are not clipped; 1/√12 = 0.289 when "
         "the error is uniform",
         "step", Better::Neither, "clipping; it tests the high-resolution regime and is no grade",
         &E::rmseSteps},
        {"levelsUsed", "Levels used", "codes that occur at least once, pooled over all sets", "",
         Better::Higher, "how often they occur", nullptr},
        {"entropyBits", "Code entropy", "-Σp·log2(p) of the pooled codes", "bit", Better::Neither,
         "that codes of different channels mean different values", &E::entropyBits},
    }};
    return table;
}

} // namespace quantoscope
