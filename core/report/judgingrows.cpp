// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/judgingrows.h"

#include <limits>

namespace quantoscope {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// [low, high], or null with the reason.
void setBounds(Json& object, const std::string& key, const Bounds& bounds, std::string_view reason)
{
    const bool known = std::isfinite(bounds.low) && std::isfinite(bounds.high);
    object[key] = known ? Json{jsonNumber(bounds.low), jsonNumber(bounds.high)} : Json(nullptr);
    if (!known)
        object[key + "Reason"] = reason;
}

void setProportion(Json& object, const std::string& key, const Proportion& share, std::string_view reason)
{
    setNumber(object, key, share.value(), reason);
    setBounds(object, key + "Ci95", share.ci95(), reason);
}

void setMeanError(Json& object, const std::string& key, const MeanError& mean)
{
    setNumber(object, key, mean.value, "no positions");
    setNumber(object, key + "Error", mean.error, "needs 2 positions");
}

/// `prefix` is put before the keys of SQNR alone: "output" makes outputSqnrDb.
void addError(Json& object, const NetworkError& error, const std::string& prefix)
{
    const auto key = [&prefix](const std::string& name) {
        return prefix.empty() ? name : prefix + static_cast<char>(name[0] - 'a' + 'A') + name.substr(1);
    };
    const std::string_view few = error.samples < 2 ? "needs 2 samples" : "some resamples are exact or silent";
    const std::string_view reason = error.sqnrReason.empty() ? few : error.sqnrReason;
    const std::string_view noElements = "no finite elements";
    setNumber(object, key("sqnrDb"), error.sqnrDb, error.sqnrReason);
    setBounds(object, key("sqnrCi95"), error.sqnrCi95, reason);
    setNumber(object, "cosine", error.cosine,
              error.elements == 0 ? noElements : "one of the outputs is all 0");
    setNumber(object, "maxError", error.maxError, noElements);
    object["nanCount"] = error.nanCount;
    object["infCount"] = error.infCount;
    object["brokenCount"] = error.broken;
}

void addKl(Json& object, const Judgement& judgement)
{
    const std::optional<KlSoftmax>& kl = judgement.kl;
    const std::string reason = kl ? "no sample gave a distribution in both networks" : judgement.whyNoAnswers;
    setNumber(object, "klSoftmax", kl ? kl->mean : none, reason);
    setBounds(object, "klSoftmaxCi95", kl ? kl->ci95 : Bounds{},
              kl && kl->samples == 1 ? "needs 2 samples" : reason);
    if (kl)
        object["klLeftOut"] = kl->leftOut;
}

Json accuracyJson(const Proportion& top1, const Proportion& top5, const std::string& reason)
{
    Json json;
    setProportion(json, "accuracy", top1, reason);
    setProportion(json, "top5", top5, top1.samples > 0 ? "5 classes or fewer" : reason);
    return json;
}

Json provableJson(const PairedAnswers& paired, std::size_t comparisons)
{
    const Provable result = provable(paired, comparisons);
    Json json;
    setNumber(json, "smallestDrop", result.smallestDrop, "too few samples for any");
    json["smallestLost"] = result.smallestLost;
    json["proven"] = result.proven;
    json["sentence"] = result.sentence;
    return json;
}

/// Counts that nobody counted are null as numbers are.
void setCount(Json& object, const std::string& key, std::optional<std::uint64_t> count,
              std::string_view reason)
{
    object[key] = count ? Json(*count) : Json(nullptr);
    if (!count)
        object[key + "Reason"] = reason;
}

void addAccuracy(Json& object, const Judgement& judgement)
{
    const Answers answers = judgement.answers.value_or(Answers{});
    const bool known = answers.labelled;
    const std::string reason = judgement.answers ? "no labels" : judgement.whyNoAnswers;
    const PairedAnswers& paired = answers.paired;
    const auto counted = [known](std::uint64_t n) { return known ? std::optional(n) : std::nullopt; };
    object["fp32"] = accuracyJson(answers.accuracyBefore, answers.top5Before, reason);
    object["quantized"] = accuracyJson(answers.accuracyAfter, answers.top5After, reason);
    setNumber(object, "accuracyDifference", paired.difference(), reason);
    setBounds(object, "accuracyDifferenceCi95", paired.differenceCi95(), reason);
    setCount(object, "lost", counted(paired.lost), reason);
    setCount(object, "gained", counted(paired.gained), reason);
    setNumber(object, "mcnemarP", known ? mcnemarP(paired.lost, paired.gained) : none, reason);
    if (known && std::isfinite(judgement.mcnemarHolm))
        object["mcnemarHolm"] = jsonNumber(judgement.mcnemarHolm);
    object["provable"] = known ? provableJson(paired, judgement.comparisons) : Json(nullptr);
    if (!known)
        object["provableReason"] = reason;
    setProportion(object, "agreement", answers.agreement, judgement.whyNoAnswers);
}

void addSequences(Json& object, const SequenceStats& stats)
{
    Json& perplexity = object["perplexity"];
    setMeanError(perplexity, "fp32", stats.perplexityBefore);
    setMeanError(perplexity, "quantized", stats.perplexityAfter);
    setMeanError(perplexity, "lnRatio", stats.lnRatio);
    setMeanError(perplexity, "ratio", stats.ratio);
    perplexity["positions"] = stats.positions;
    perplexity["leftOut"] = stats.leftOut;
    Json& kld = object["kld"];
    const std::pair<const char*, double> figures[] = {{"mean", stats.kld.value},   {"error", stats.kld.error},
                                                      {"median", stats.kldMedian}, {"p90", stats.kldP90},
                                                      {"p95", stats.kldP95},       {"p99", stats.kldP99},
                                                      {"max", stats.kldMax}};
    for (const auto& [key, value] : figures)
        setNumber(kld, key, value, "no positions");
    setMeanError(object, "sameTop1", stats.sameTop);
}

void addTexts(Json& object, const TextStats& stats, const std::string& equalKey)
{
    setProportion(object, equalKey, stats.equal, "no samples");
    setNumber(object, "editDistance", stats.editDistance, "no samples");
    setBounds(object, "editDistanceCi95", stats.editCi95, "needs 2 samples");
}

Json topsJson(const std::vector<RankedClass>& tops)
{
    Json list = Json::array();
    for (const RankedClass& top : tops)
        list.push_back({{"class", top.index}, {"probability", jsonNumber(top.probability)}});
    return list;
}

Json flipJson(const FlippedAnswer& flip)
{
    const std::string_view noDistribution = "the output is no distribution";
    const auto answer = [](std::size_t index) { return index == noAnswer ? Json(nullptr) : Json(index); };
    Json json;
    json["sample"] = flip.sample;
    json["label"] = flip.label ? Json(*flip.label) : Json(nullptr);
    if (!flip.label)
        json["labelReason"] = "no labels";
    json["before"] = answer(flip.before);
    json["after"] = answer(flip.after);
    setNumber(json, "marginBefore", flip.marginBefore, noDistribution);
    setNumber(json, "marginAfter", flip.marginAfter, noDistribution);
    json["topsBefore"] = topsJson(flip.topsBefore);
    json["topsAfter"] = topsJson(flip.topsAfter);
    return json;
}

void addFlips(Json& object, const Judgement& judgement)
{
    const auto& answers = judgement.answers;
    setCount(object, "flips", answers ? std::optional(answers->flips) : std::nullopt, judgement.whyNoAnswers);
    Json& list = object["flipped"] = Json::array();
    if (answers)
        for (const FlippedAnswer& flip : answers->flipped)
            list.push_back(flipJson(flip));
}

void addTimes(Json& object, const JudgedTimes& times)
{
    const std::pair<const char*, const std::optional<LatencyStats>&> all[] = {
        {"fp32", times.fp32}, {"ort", times.ort}, {"ours", times.ours}};
    Json medians, percentiles = Json::object();
    for (const auto& [key, stats] : all) {
        setNumber(medians, key, stats ? stats->p50 : none, "not measured");
        if (!stats)
            continue;
        Json& json = percentiles[key];
        setNumber(json, "p50", stats->p50, "no inferences");
        setBounds(json, "p50Ci95", stats->p50Ci95, "needs 6 inferences");
        setNumber(json, "p95", stats->p95, "no inferences");
        setNumber(json, "p99", stats->p99, "no inferences");
        json["inferences"] = stats->inferences;
    }
    object["timeNs"] = std::move(medians);
    object["timePercentilesNs"] = std::move(percentiles);
}

void addWork(Json& object, const Judgement& judgement)
{
    Json layers = Json::array();
    double total = 0;
    double fp32Total = 0;
    for (const auto& [name, work] : judgement.work) {
        total += work.bitOperations();
        fp32Total += LayerOperations{work.macs}.bitOperations();
        layers.push_back({{"layer", name},
                          {"macs", work.macs},
                          {"weightBits", jsonNumber(work.weightBits)},
                          {"inputBits", jsonNumber(work.inputBits)},
                          {"bitOperations", jsonNumber(work.bitOperations())}});
    }
    object["bitOperations"] = {{"modelled", true},
                               {"total", jsonNumber(total)},
                               {"fp32Total", jsonNumber(fp32Total)},
                               {"layers", std::move(layers)}};
}

Json repeatJson(const RepeatStats& stats)
{
    Json json;
    json["runs"] = stats.runs;
    setNumber(json, "mean", stats.mean, "no runs");
    setNumber(json, "sd", stats.sd, "needs 2 runs");
    setNumber(json, "min", stats.min, "no runs");
    setNumber(json, "max", stats.max, "no runs");
    setBounds(json, "ci95", stats.ci95, "needs 2 runs");
    return json;
}

void addOutputs(Json& object, const Judgement& judgement)
{
    Json& list = object["outputs"] = Json::array();
    for (const OutputJudgement& output : judgement.outputs) {
        Json json;
        json["name"] = output.name;
        addError(json, output.error, "");
        list.push_back(std::move(json));
    }
}

/// The keys that are there only where they were judged.
void addReadings(Json& object, const Judgement& judgement)
{
    if (judgement.sequences)
        addSequences(object, *judgement.sequences);
    if (judgement.texts)
        addTexts(object, *judgement.texts, "textEqual");
    if (judgement.truthBefore && judgement.truthAfter) {
        addTexts(object["textTruth"]["fp32"], *judgement.truthBefore, "equal");
        addTexts(object["textTruth"]["quantized"], *judgement.truthAfter, "equal");
    }
}

} // namespace

void addJudgement(Json& object, const Judgement& judgement)
{
    object["samples"] = judgement.samples;
    const bool judged = judgement.judged < judgement.outputs.size();
    const OutputJudgement output = judged ? judgement.outputs[judgement.judged] : OutputJudgement{};
    setCount(object, "peakBytes", judgement.peakBytes, "not measured");
    object["judgedOutput"] = output.name;
    addError(object, output.error, "output");
    addKl(object, judgement);
    addAccuracy(object, judgement);
    addReadings(object, judgement);
    addFlips(object, judgement);
    addOutputs(object, judgement);
    addTimes(object, judgement.timesNs);
    if (!judgement.work.empty())
        addWork(object, judgement);
    for (const auto& [key, stats] : judgement.repeated)
        object["repeated"][key] = repeatJson(stats);
}

} // namespace quantoscope
