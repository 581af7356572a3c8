// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/benchrows.h"

#include <limits>

namespace quantoscope {

namespace {

constexpr double nanoseconds = 1e9;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

void setOrReason(Json& row, const std::string& key, Json value, const std::string& reason)
{
    row[key] = std::move(value);
    if (row[key].is_null())
        row[key + "Reason"] = reason;
}

void setTimes(Json& row, const LayerTiming& timing)
{
    const std::string& issue = timing.issue;
    const bool timed = issue.empty();
    const Spread& hot = timing.hot.seconds;
    setNumber(row, "medianNs", timed ? hot.median * nanoseconds : none, issue);
    setNumber(row, "hotNs", timed ? hot.median * nanoseconds : none, issue);
    setNumber(row, "coldNs", timing.cold ? timing.cold->seconds.median * nanoseconds : none,
              timed ? timing.coldReason : issue);
    setNumber(row, "integerNs", timing.integer ? timing.integer->seconds.median * nanoseconds : none,
              timed ? timing.integerReason : issue);
    row["clampedBiases"] = timing.clampedBiases;
    setNumber(row, "quartile1Ns", timed ? hot.quartile1 * nanoseconds : none, issue);
    setNumber(row, "quartile3Ns", timed ? hot.quartile3 * nanoseconds : none, issue);
    setOrReason(row, "interval95Ns",
                timed ? Json{hot.low95 * nanoseconds, hot.high95 * nanoseconds} : Json(nullptr), issue);
    row["samples"] = timing.hot.samples.size();
    setNumber(row, "gops", timed ? 2 * timing.macs / hot.median / 1e9 : none, issue);
    setNumber(row, "rooflineShare", timed ? timing.rooflineShare : none, issue);
}

void setPeer(Json& row, const std::string& key, const std::string& prefix,
             const std::optional<PeerTiming>& peer, const std::string& reason)
{
    setNumber(row, key, peer ? peer->speedup.median : none, reason);
    setOrReason(row, prefix + "Peer", peer ? Json(peer->name) : Json(nullptr), reason);
    setOrReason(row, prefix + "Ns", peer ? Json(peer->seconds.median * nanoseconds) : Json(nullptr), reason);
    setOrReason(row, prefix + "Interval95",
                peer ? Json{peer->speedup.low95, peer->speedup.high95} : Json(nullptr), reason);
}

} // namespace

Json benchRow(const Layer& layer, const LayerTiming& timing)
{
    Json row;
    row["layer"] = layer.name;
    row["scheme"] = toText(timing.scheme);
    row["bits"] = timing.scheme.bits;
    setOrReason(row, "kernel", timing.issue.empty() ? Json(timing.kernel) : Json(nullptr), timing.issue);
    row["isa"] = nameOf(timing.isa);
    row["threads"] = timing.threads;
    row["rows"] = timing.rows;
    row["macs"] = timing.macs;
    setTimes(row, timing);
    row["bytesRead"] = timing.bytesRead;
    row["weightBytes"] = timing.weightBytes;
    row["packNs"] = timing.packSeconds * nanoseconds;
    setPeer(row, "speedupVsFp32", "fp32", timing.fp32, timing.issue);
    setPeer(row, "speedupVsOrt", "ort", timing.ort, timing.issue.empty() ? timing.ortReason : timing.issue);
    Json parts = Json::object();
    for (const PartTiming& part : timing.parts)
        parts[part.name + "Ns"] = part.seconds * nanoseconds;
    row["parts"] = std::move(parts);
    row["exact"] = timing.exact ? Json(*timing.exact) : Json(nullptr);
    if (!timing.exact || !timing.exactReason.empty())
        row["exactReason"] = timing.issue.empty() ? timing.exactReason : timing.issue;
    row["noisy"] = timing.noisy;
    row["frequencyDrift"] = timing.frequencyDrift;
    if (!timing.issue.empty())
        row["issue"] = timing.issue;
    return row;
}

} // namespace quantoscope
