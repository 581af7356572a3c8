// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_bench [--out FILE] [--repetitions N] [WORD…]: all rows, or those whose name holds every WORD, measured
// interleaved in one run. What a row is compared with is always measured too. "kernels": those of the integer kernels;
// "networks": those of whole networks.
#include "tests/bench/kernels/dnnlpeers.h"
#include "tests/bench/kernels/suites.h"
#include "tests/bench/suites.h"

#include "core/kernels/isa.h"
#include "core/report/hardware.h"
#include "core/report/provenance.h"
#include "core/runtime/ortversion.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unistd.h>

using namespace quantoscope;
using namespace quantoscope::bench;

namespace {

struct Arguments
{
    std::string out;
    std::vector<std::string> words;
    std::string repetitions = "9";
    std::string command = "quantoscope_bench";
};

Arguments argumentsFrom(int argc, char** argv)
{
    Arguments arguments;
    for (int i = 1; i < argc; ++i) {
        arguments.command += ' ' + shellQuoted(argv[i]);
        if (std::strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            arguments.out = argv[++i];
            arguments.command += ' ' + shellQuoted(argv[i]);
        } else if (std::strcmp(argv[i], "--repetitions") == 0 && i + 1 < argc) {
            arguments.repetitions = argv[++i];
            arguments.command += ' ' + shellQuoted(argv[i]);
        } else if (argv[i][0] == '-') {
            std::fprintf(stderr, "usage: quantoscope_bench [--out FILE] [--repetitions N] [WORD...]\n");
            std::exit(2);
        } else {
            arguments.words.push_back(argv[i]);
        }
    }
    return arguments;
}

bool wanted(const std::string& name, const std::vector<std::string>& words)
{
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return name.find(word) != std::string::npos; });
}

std::vector<Timed> chosen(std::vector<Timed> suite, const std::vector<std::string>& words)
{
    std::string bases;
    for (const Timed& timed : suite)
        if (wanted(timed.row.name, words))
            bases += timed.row.base + '\n';
    std::erase_if(suite, [&](const Timed& timed) {
        return !wanted(timed.row.name, words) && bases.find(timed.row.name + '\n') == std::string::npos;
    });
    return suite;
}

void registerAll(const std::vector<Timed>& suite)
{
    for (const Timed& timed : suite)
        benchmark::RegisterBenchmark(timed.row.name.c_str(), [timed](benchmark::State& state) {
            const ThreadLimit limit(timed.threads); // the lowest limit counts: none may be set around this
            for (auto _ : state)
                timed.work();
        })->UseRealTime();
}

std::map<std::string, std::vector<double>> measure(const Arguments& arguments)
{
    std::vector<std::string> flags = {"quantoscope_bench", "--benchmark_repetitions=" + arguments.repetitions,
                                      "--benchmark_enable_random_interleaving=true",
                                      "--benchmark_min_time=0.06"};
    std::vector<char*> pointers;
    for (std::string& flag : flags)
        pointers.push_back(flag.data());
    int argc = static_cast<int>(pointers.size());
    benchmark::Initialize(&argc, pointers.data());
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector);
    return collector.seconds();
}

std::vector<Figure> figuresFor(const Arguments& arguments)
{
    std::vector<Figure> memory = openMemory(); // forks: before there are threads
    std::erase_if(memory, [&](const Figure& figure) { return !wanted(figure.row.name, arguments.words); });

    std::vector<Timed> suite = chosen(openSuite(), arguments.words);
    for (const auto& more : {streamingSuite, encoderSuite, algorithmSuite, rangeSuite})
        for (Timed& timed : chosen(more(), arguments.words))
            suite.push_back(std::move(timed));
    registerAll(suite);
    const auto seconds = suite.empty() ? std::map<std::string, std::vector<double>>() : measure(arguments);

    std::vector<Figure> figures;
    for (const Timed& timed : suite)
        figures.push_back(timedFigure(timed.row, seconds));
    figures.insert(figures.end(), memory.begin(), memory.end());
    return figures;
}

constexpr const char* verdicts =
    "met: the bad end of the 95 % interval meets the goal; within noise: the goal lies in the interval.\n";

/// OpenMP, which oneDNN runs on, lets its threads spin after their work, beside whatever is timed next. It reads this setting when
/// it is loaded.
void sleepWhenIdle(char** argv)
{
    if (getenv("OMP_WAIT_POLICY"))
        return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv); // where it returns, two threads of oneDNN disturb a little
}

/// Names of other rows do not begin like those of kernels and networks.
bool onlyScenes(const Arguments& arguments)
{
    return std::any_of(arguments.words.begin(), arguments.words.end(),
                       [](const std::string& word) { return word == "kernels" || word == "networks"; });
}

void addKernels(const Arguments& arguments, Json& json)
{
    const std::vector<KernelRow> rows = runScenes(
        kernelScenes(), [&](const std::string& name) { return wanted(name, arguments.words); },
        std::stoul(arguments.repetitions));
    if (rows.empty())
        return;
    const std::string dnnl = dnnlVersion();
    json["meta"]["peers"] = {"Eigen", "ONNX Runtime " + onnxRuntimeVersion()};
    if (!dnnl.empty())
        json["meta"]["peers"].push_back(dnnl);
    json["meta"]["kernelInstructionSet"] = nameOf(bestIsa());
    for (const Json& row : toJson(rows))
        json["rows"].push_back(row);
    double drift = 0;
    for (const KernelRow& row : rows)
        drift = std::max(drift, row.drift);
    std::printf(
        "%s\nMedians of %s interleaved rounds on %s; its frequency drifted by up to %.0f %%. ratio: how many "
        "times as fast as\nthe fastest peer named in the row, paired by round. ~: an interval wider than a "
        "tenth of the median.\n%s",
        tableOf(rows).c_str(), arguments.repetitions.c_str(), cpuName().c_str(), 100 * drift, verdicts);
}

} // namespace

int main(int argc, char** argv)
{
    sleepWhenIdle(argv);
    const Arguments arguments = argumentsFrom(argc, argv);
    Provenance provenance;
    provenance.command = arguments.command;
    Json json = {{"meta", metaJson(provenance)}};
    json["meta"]["threads"] = 1;
    json["rows"] = Json::array();
    if (!onlyScenes(arguments)) {
        const std::vector<Figure> figures = figuresFor(arguments);
        json["rows"] = toJson(figures);
        if (!figures.empty())
            std::printf(
                "%s\nMedians of %s interleaved repetitions, one thread. ratio: speed over the streaming read "
                "for passes, over what the\nname says behind the colon for encoders and decoders (goal >=), "
                "time over parsing alone for opening (goal <=).\n%s",
                tableOf(figures).c_str(), arguments.repetitions.c_str(), verdicts);
    }
    addKernels(arguments, json);
    if (json["rows"].empty()) {
        std::fprintf(stderr, "quantoscope_bench: no row's name holds every one of these words\n");
        return 2;
    }
    return arguments.out.empty() || std::ofstream(arguments.out) << toText(json) << std::flush ? 0 : 1;
}
