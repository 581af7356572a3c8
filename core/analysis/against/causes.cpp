// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/against/causes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace quantoscope {

namespace {

constexpr double leastGainDb = 1;

template <class... Values>
std::string sentence(const char* format, Values... values)
{
    char text[400];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

/// Half of what a quantizer loses is below 1 dB.
bool matters(double gainDb) { return gainDb >= leastGainDb; }

AgainstCause clippedCause(const AgainstRange& range, const std::string& what, double gainDb)
{
    const double low = static_cast<double>(range.stored.lowest()),
                 high = static_cast<double>(range.stored.highest());
    const double beyond = std::max(range.max - high, low - range.min);
    return {"clipped-activation",
            sentence("%.3g %% of %s lies outside the stored range %.4g … %.4g, by up to %.4g; the values "
                     "reach from %.4g to %.4g.",
                     100 * range.clippedFraction, what.c_str(), low, high, beyond, range.min, range.max),
            {{"clippedFraction", range.clippedFraction},
             {"clippingShare", range.clippingShare},
             {"storedLow", low},
             {"storedHigh", high},
             {"low", range.min},
             {"high", range.max},
             {"sqnrDb", range.sqnrDb},
             {"fittedSqnrDb", range.fittedSqnrDb}},
            gainDb};
}

AgainstCause zeroPointCause(const AgainstRange& range, const std::string& what, double gainDb)
{
    const double fitting =
        range.stored.lowestCode() - std::min(range.min, 0.0) / static_cast<double>(range.stored.scale);
    return {"wrong-zero-point",
            sentence("The range of %s is wide enough for %.4g … %.4g but lies at %.4g … %.4g: its zero point "
                     "is %d, %.0f would fit.",
                     what.c_str(), range.min, range.max, static_cast<double>(range.stored.lowest()),
                     static_cast<double>(range.stored.highest()), range.stored.zeroPoint,
                     std::nearbyint(fitting)),
            {{"zeroPoint", static_cast<double>(range.stored.zeroPoint)},
             {"fittingZeroPoint", std::nearbyint(fitting)},
             {"clippedFraction", range.clippedFraction},
             {"sqnrDb", range.sqnrDb},
             {"fittedSqnrDb", range.fittedSqnrDb}},
            gainDb};
}

bool isWideEnough(const AgainstRange& range)
{
    const double stored =
        static_cast<double>(range.stored.highest()) - static_cast<double>(range.stored.lowest());
    return stored >= 0.95 * (std::max(range.max, 0.0) - std::min(range.min, 0.0));
}

std::string whatOf(const AgainstRange& range)
{
    if (range.place == "input")
        return "the layer's input";
    return (range.place == "output" ? "the output '" : "the value '") + range.value + "'";
}

AgainstCause weightCause(const CauseEvidence& evidence, double gainDb)
{
    const WeightComparison& weights = *evidence.weights;
    const int bits = evidence.stored->bits;
    AgainstCause cause;
    cause.gainDb = gainDb;
    cause.evidence = {{"weightSqnrDb", weights.sqnrDb}, {"score", evidence.layer.score}};
    const auto name = [&](const char* key, std::string text) {
        cause.name = key;
        cause.sentence = std::move(text);
    };
    if (bits >= 4 && weights.fittedSqnrDb < 3) {
        cause.evidence.push_back({"fittedSqnrDb", weights.fittedSqnrDb});
        name(
            "no-correlation",
            sentence(
                "The weights do not follow the float file's (cosine %.3f): made from another training state?",
                evidence.layer.score));
    } else if (weights.shiftedSqnrDb - weights.sqnrDb >= 6 && std::abs(weights.shiftSteps) >= 0.75) {
        cause.evidence.push_back({"shiftSteps", weights.shiftSteps});
        cause.evidence.push_back({"shiftedSqnrDb", weights.shiftedSqnrDb});
        name("weight-zero-point", sentence("The weights are shifted by %.1f steps: a wrong zero point; "
                                           "without the shift they would reach %.1f dB.",
                                           weights.shiftSteps, weights.shiftedSqnrDb));
    } else if (weights.clippingShare > 0.5) {
        cause.evidence.push_back({"clippedFraction", weights.clippedFraction});
        cause.evidence.push_back({"clippingShare", weights.clippingShare});
        cause.evidence.push_back({"rangeRatio", weights.rangeRatio});
        name(
            "clipped-weights",
            sentence("%.3g %% of the weights lie outside the stored levels, which reach %.3g of the largest.",
                     100 * weights.clippedFraction, weights.rangeRatio));
    } else if (weights.fittedSqnrDb - weights.sqnrDb >= 6 && std::abs(weights.slope - 1) > 0.02) {
        cause.evidence.push_back({"slope", weights.slope});
        cause.evidence.push_back({"fittedSqnrDb", weights.fittedSqnrDb});
        name("weight-scale", sentence("The weights are %.3g times the float file's: a wrong scale, or a "
                                      "batch norm folded in one file only.",
                                      weights.slope));
    } else if (evidence.stored->axis < 0 && weights.channelRangeRatio >= 2
               && weights.worstPerChannelSqnrDb - weights.worstChannelSqnrDb >= 6) {
        for (const auto& [key, value] : std::initializer_list<std::pair<const char*, double>>{
                 {"channelRangeRatio", weights.channelRangeRatio},
                 {"widestChannel", static_cast<double>(weights.widestChannel)},
                 {"worstChannelSqnrDb", weights.worstChannelSqnrDb},
                 {"worstPerChannelSqnrDb", weights.worstPerChannelSqnrDb},
                 {"perChannelSqnrDb", weights.perChannelSqnrDb}})
            cause.evidence.push_back({key, value});
        name("per-tensor-weights",
             sentence(
                 "One scale for channels whose ranges differ (the widest, channel %zu, is %.3g times the "
                 "median one): the worst channel has %.1f dB and would have %.1f dB with a scale of its own.",
                 weights.widestChannel, weights.channelRangeRatio, weights.worstChannelSqnrDb,
                 weights.worstPerChannelSqnrDb));
    } else if (bits < evidence.ourBits) {
        cause.evidence.push_back({"bits", static_cast<double>(bits)});
        name("few-weight-bits", sentence("The weights have %d bits, %.1f dB.", bits, weights.sqnrDb));
    } else
        name("weights", sentence("The stored weights have %.1f dB, ours %.1f dB.", weights.sqnrDb,
                                 evidence.layer.ourWeightSqnrDb));
    return cause;
}

void addWeights(const CauseEvidence& evidence, std::vector<AgainstCause>& causes)
{
    if (!evidence.weights || !evidence.stored || evidence.stored->isFloat)
        return;
    double gain = evidence.local.weightMended - evidence.local.stored;
    if (std::isnan(gain))
        gain = evidence.layer.ourWeightSqnrDb - evidence.layer.weightSqnrDb;
    if (matters(gain))
        causes.push_back(weightCause(evidence, gain));
}

void addRanges(const CauseEvidence& evidence, std::vector<AgainstCause>& causes)
{
    for (const AgainstRange& range : evidence.layer.ranges) {
        double gain = range.fittedSqnrDb - range.sqnrDb;
        const double local = evidence.local.inputMended - evidence.local.stored;
        if (range.place == "input" && !std::isnan(local))
            gain = local;
        if (auto cause = causeOf(range, gain))
            causes.push_back(std::move(*cause));
        const double kept = evidence.local.outliersKept - evidence.local.stored;
        if (range.place == "input" && range.channelRatio >= 8 && kept >= 3)
            causes.push_back({"outlier-channel",
                              sentence("Channel %zu of the input is %.3g times as wide as the median one and "
                                       "sets the range of all.",
                                       range.outlierChannel, range.channelRatio),
                              {{"channel", static_cast<double>(range.outlierChannel)},
                               {"channelRatio", range.channelRatio},
                               {"localSqnrDb", evidence.local.stored},
                               {"keptSqnrDb", evidence.local.outliersKept}},
                              kept,
                              false});
    }
}

void addBias(const CauseEvidence& evidence, std::vector<AgainstCause>& causes)
{
    const double gain = evidence.local.biasMended - evidence.local.stored;
    if (!matters(gain) || !evidence.original.bias || !evidence.quantized.bias)
        return;
    double signal = 0, noise = 0, product = 0;
    for (std::size_t i = 0; i < evidence.original.bias->size(); ++i) {
        const double b = (*evidence.original.bias)[i], stored = (*evidence.quantized.bias)[i];
        signal += b * b;
        noise += (stored - b) * (stored - b);
        product += stored * b;
    }
    double clamped = 0;
    for (const double code : evidence.quantized.biasCodes.value_or(std::vector<double>{}))
        clamped += std::abs(code) >= 2147483647.0;
    AgainstCause cause;
    cause.gainDb = gain;
    cause.evidence = {
        {"biasSqnrDb", decibels(signal, noise)}, {"slope", product / signal}, {"clamped", clamped}};
    cause.name = clamped > 0 ? "bias-clamped" : "bias-scale";
    cause.sentence =
        clamped > 0
            ? sentence("%.0f biases are at the ends of 32 bits: scale of the input times scale of the weight "
                       "is too small for them.",
                       clamped)
            : sentence("The stored bias is %.3g times the float one, at %.1f dB: its scale does not fit.",
                       product / signal, decibels(signal, noise));
    causes.push_back(std::move(cause));
}

void addAttributes(const CauseEvidence& evidence, std::vector<AgainstCause>& causes)
{
    for (const char* key : {"strides", "dilations", "pads", "group"}) {
        const auto a = evidence.originalLayer->attributes.find(key),
                   b = evidence.quantizedLayer->attributes.find(key);
        if (a == evidence.originalLayer->attributes.end() || b == evidence.quantizedLayer->attributes.end()
            || a->second == b->second)
            continue;
        causes.push_back({"different-attributes",
                          sentence("%s is %s in the float file and %s in the quantized one.", key,
                                   a->second.c_str(), b->second.c_str()),
                          {},
                          std::nan("")});
    }
}

void addSaturation(const CauseEvidence& evidence, std::vector<AgainstCause>& causes)
{
    if (!evidence.local.saturation || evidence.local.saturation->saturated == 0)
        return;
    const PairSaturation& pairs = *evidence.local.saturation;
    const double share = static_cast<double>(pairs.saturated) / static_cast<double>(pairs.pairs);
    const double added = pairs.signal > 0 ? pairs.noise / pairs.signal : 0;
    const double own = std::pow(10, -evidence.local.stored / 10);
    const double gain = 10 * std::log10((own + added) / own);
    if (!(gain >= 3))
        return;
    causes.push_back({"saturating-pairs",
                      sentence("On processors without VNNI %.3g %% of the pairs of unsigned by signed "
                               "products leave 16 bits; the layer would lose %.1f dB there.",
                               100 * share, gain),
                      {{"pairs", static_cast<double>(pairs.pairs)},
                       {"saturated", static_cast<double>(pairs.saturated)},
                       {"saturatingSqnrDb", decibels(pairs.signal, pairs.noise)}},
                      gain,
                      false});
}

} // namespace

std::optional<AgainstCause> causeOf(const AgainstRange& range, double gainDb)
{
    if (!matters(gainDb))
        return std::nullopt;
    const std::string what = whatOf(range);
    if (!range.stored.dynamic && range.clippingShare > 0.5)
        return isWideEnough(range) ? zeroPointCause(range, what, gainDb) : clippedCause(range, what, gainDb);
    if (!range.stored.dynamic && range.usedFraction < 0.25)
        return AgainstCause{
            "wide-activation",
            sentence("%s uses %.3g %% of the stored range %.4g … %.4g: %.1f of %d bits say nothing.",
                     what.c_str(), 100 * range.usedFraction, static_cast<double>(range.stored.lowest()),
                     static_cast<double>(range.stored.highest()), -std::log2(range.usedFraction),
                     range.stored.bits),
            {{"usedFraction", range.usedFraction},
             {"bitsLost", -std::log2(range.usedFraction)},
             {"storedLow", static_cast<double>(range.stored.lowest())},
             {"storedHigh", static_cast<double>(range.stored.highest())},
             {"low", range.min},
             {"high", range.max}},
            gainDb};
    const bool few = range.stored.bits < 8;
    return AgainstCause{
        few ? "few-activation-bits" : "activation",
        few ? sentence("%s has %d bits.", what.c_str(), range.stored.bits)
            : sentence("%s has %.1f dB through the stored range; one that fits would give %.1f dB.",
                       what.c_str(), range.sqnrDb, range.fittedSqnrDb),
        {{"bits", static_cast<double>(range.stored.bits)},
         {"sqnrDb", range.sqnrDb},
         {"fittedSqnrDb", range.fittedSqnrDb}},
        gainDb};
}

std::vector<AgainstCause> causesOf(const CauseEvidence& evidence)
{
    std::vector<AgainstCause> causes;
    addAttributes(evidence, causes);
    addWeights(evidence, causes);
    addRanges(evidence, causes);
    addBias(evidence, causes);
    addSaturation(evidence, causes);
    const auto rankOf = [](const AgainstCause& cause) {
        return std::pair(cause.ofFile, std::isnan(cause.gainDb) ? HUGE_VAL : cause.gainDb);
    };
    std::stable_sort(causes.begin(), causes.end(),
                     [&](const AgainstCause& a, const AgainstCause& b) { return rankOf(a) > rankOf(b); });
    return causes;
}

} // namespace quantoscope
