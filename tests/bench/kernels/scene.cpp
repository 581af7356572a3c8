// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/scene.h"

#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "tests/bench/figures.h"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace quantoscope::bench {

namespace {

double workOf(const Contender& contender, By by)
{
    switch (by) {
    case By::Macs:
        return contender.macs;
    case By::Bytes:
        return contender.bytes;
    case By::Time:
        break;
    }
    return 1;
}

KernelRow::Value valueOf(const Contender& contender, const Timing& timing, By by)
{
    const double seconds = timing.seconds.median;
    return {contender.name, by == By::Time ? seconds * 1e6 : workOf(contender, by) / seconds / 1e9,
            timing.noisy};
}

struct Measured
{
    std::vector<Contender> contenders;
    Measurement measurement;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::size_t find(const std::string& name) const
    {
        for (std::size_t i = 0; i < contenders.size(); ++i)
            if (contenders[i].name == name)
                return i;
        return none;
    }
    double rate(std::size_t index, By by) const
    {
        return workOf(contenders[index], by) / measurement.timings[index].seconds.median;
    }
};

KernelRow rowOf(const Comparison& comparison, const Measured& measured, int threads)
{
    KernelRow row{comparison.name, comparison.by, comparison.goal, threads, {}, {}, {}, 0, 0};
    row.samples = measured.measurement.rounds;
    row.drift = measured.measurement.frequencyDrift;
    const std::size_t ours = measured.find(comparison.ours);
    if (ours == measured.none)
        return row;
    std::vector<std::size_t> peers;
    for (const std::string& name : comparison.peers)
        if (const std::size_t peer = measured.find(name); peer != measured.none)
            peers.push_back(peer);
    std::stable_sort(peers.begin(), peers.end(), [&](std::size_t a, std::size_t b) {
        return measured.rate(a, comparison.by) > measured.rate(b, comparison.by);
    });
    const auto value = [&](std::size_t index) {
        return valueOf(measured.contenders[index], measured.measurement.timings[index], comparison.by);
    };
    row.ours = value(ours);
    for (const std::size_t peer : peers)
        row.peers.push_back(value(peer));
    if (peers.empty())
        return row;
    row.ratio = pairedRatio(measured.measurement.timings[peers[0]], measured.measurement.timings[ours]);
    const double work = workOf(measured.contenders[ours], comparison.by)
                        / workOf(measured.contenders[peers[0]], comparison.by);
    for (double* const figure :
         {&row.ratio.median, &row.ratio.low95, &row.ratio.high95, &row.ratio.quartile1, &row.ratio.quartile3})
        *figure *= work;
    return row;
}

Measured measured(const Scene& scene, const std::function<bool(const std::string&)>& wanted,
                  std::size_t rounds)
{
    std::unique_ptr<ThreadLimit> limit;
    if (scene.threads == 1)
        limit = std::make_unique<ThreadLimit>(1);
    Contenders contenders(wanted);
    scene.make(contenders);
    Measured result{contenders.take(), {}};
    std::vector<Candidate> candidates;
    for (const Contender& contender : result.contenders)
        candidates.push_back({contender.name, contender.call, contender.rotate});
    MeasureOptions options;
    options.rounds = rounds;
    options.sample = std::chrono::milliseconds(2);
    options.budget = std::chrono::seconds(40);
    options.threads = scene.threads;
    result.measurement = measure(candidates, options);
    return result;
}

std::string text(const char* format, double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

/// One copy after the other.
struct Turns
{
    explicit Turns(std::vector<Contenders::Call> calls) : copies(std::move(calls)) {}
    std::vector<Contenders::Call> copies;
    std::size_t turn = 0;
};

/// Three digits that say something.
std::string number(double value) { return text(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value); }

const char* noise(const KernelRow::Value& value) { return value.noisy ? "~" : ""; }

/// Columns as wide as their widest cell.
std::string alignedText(const std::vector<std::vector<std::string>>& cells)
{
    std::string table;
    for (const auto& line : cells) {
        for (std::size_t column = 0; column < line.size(); ++column) {
            std::size_t width = 0;
            for (const auto& other : cells)
                width = std::max(width, other[column].size());
            table += line[column];
            if (column + 1 < line.size())
                table.append(width - line[column].size() + 2, ' ');
        }
        table += '\n';
    }
    return table;
}

const char* unitOf(By by) { return by == By::Time ? "us" : by == By::Macs ? "GMAC/s" : "GB/s"; }

} // namespace

void Contenders::add(const std::string& name, double macs, double bytes, const std::function<Call()>& make)
{
    addCold(name, macs, bytes, [&] { return std::vector<Call>{make()}; });
}

void Contenders::addCold(const std::string& name, double macs, double bytes,
                         const std::function<std::vector<Call>()>& make)
{
    if (!m_wanted(name))
        return;
    try {
        std::vector<Call> copies = make();
        if (copies.empty() || !copies[0])
            return;
        if (copies.size() == 1) {
            m_list.push_back({name, std::move(copies[0]), nullptr, macs, bytes});
            return;
        }
        const auto turns = std::make_shared<Turns>(std::move(copies));
        m_list.push_back({name, [turns] { turns->copies[turns->turn](); },
                          [turns] { turns->turn = (turns->turn + 1) % turns->copies.size(); }, macs, bytes});
    } catch (const Error& error) {
        std::fprintf(stderr, "%s does not run: %s\n", name.c_str(), error.what());
    }
}

std::string KernelRow::verdict() const
{
    if (peers.empty())
        return "no peer ran";
    return verdictOf(goal > 0 ? Goal::AtLeast : Goal::None, goal, ratio.median, ratio.low95, ratio.high95);
}

std::vector<KernelRow> runScenes(const std::vector<Scene>& scenes,
                                 const std::function<bool(const std::string&)>& choose, std::size_t rounds)
{
    std::vector<KernelRow> rows;
    for (const Scene& scene : scenes) {
        std::vector<Comparison> chosen;
        for (const Comparison& row : scene.rows)
            if (choose(row.name))
                chosen.push_back(row);
        if (chosen.empty())
            continue;
        const auto wanted = [&](const std::string& name) {
            return std::any_of(chosen.begin(), chosen.end(), [&](const Comparison& row) {
                return row.ours == name
                       || std::find(row.peers.begin(), row.peers.end(), name) != row.peers.end();
            });
        };
        const Measured results = measured(scene, wanted, rounds);
        for (const Comparison& row : chosen)
            rows.push_back(rowOf(row, results, scene.threads));
    }
    return rows;
}

std::string tableOf(const std::vector<KernelRow>& rows)
{
    std::vector<std::vector<std::string>> cells = {
        {"", "ours", "the fastest peer, then those that ran, too", "ratio", "95 %", "goal", ""}};
    for (const KernelRow& row : rows) {
        std::string peers;
        for (const KernelRow::Value& peer : row.peers)
            peers += (peers.empty() ? "" : ", ") + peer.name + ' ' + number(peer.value) + noise(peer);
        const bool ran = !row.peers.empty();
        cells.push_back({row.name, number(row.ours.value) + noise(row.ours) + ' ' + unitOf(row.by), peers,
                         ran ? number(row.ratio.median) : "",
                         ran ? number(row.ratio.low95) + '-' + number(row.ratio.high95) : "",
                         row.goal > 0 ? number(row.goal) : "", row.verdict()});
    }
    return alignedText(cells);
}

Json toJson(const std::vector<KernelRow>& rows)
{
    Json array = Json::array();
    for (const KernelRow& row : rows) {
        Json json = {
            {"name", row.name},           {"unit", unitOf(row.by)},        {"ours", row.ours.value},
            {"ratio", row.ratio.median},  {"ratioLow95", row.ratio.low95}, {"ratioHigh95", row.ratio.high95},
            {"goal", row.goal},           {"goalIs", "at least"},          {"met", row.verdict() == "met"},
            {"verdict", row.verdict()},   {"samples", row.samples},        {"threads", row.threads},
            {"frequencyDrift", row.drift}};
        json["peer"] = row.peers.empty() ? Json() : Json(row.peers[0].value);
        json["peerName"] = row.peers.empty() ? Json() : Json(row.peers[0].name);
        if (row.goal > 0) {
            json["goal"] = row.goal;
            json["goalIs"] = "at least";
            json["met"] = row.verdict() == "met";
            json["verdict"] = row.verdict();
        }
        json["peers"] = Json::array();
        for (const KernelRow::Value& peer : row.peers)
            json["peers"].push_back({{"name", peer.name}, {"value", peer.value}, {"noisy", peer.noisy}});
        array.push_back(std::move(json));
    }
    return array;
}

} // namespace quantoscope::bench
