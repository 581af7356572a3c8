// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_bench [--out FILE] [--repetitions N] [WORD]: all rows, or those whose name holds WORD, measured
// interleaved in one run. What a row is compared with is always measured too.
#include "tests/bench/suites.h"

#include "core/report/provenance.h"
#include "core/support/parallelfor.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

using namespace quantoscope;
using namespace quantoscope::bench;

namespace {

struct Arguments
{
    std::string out;
    std::string word;
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
            std::fprintf(stderr, "usage: quantoscope_bench [--out FILE] [--repetitions N] [WORD]\n");
            std::exit(2);
        } else {
            arguments.word = argv[i];
        }
    }
    return arguments;
}

bool wanted(const Row& row, const std::string& word) { return row.name.find(word) != std::string::npos; }

std::vector<Timed> chosen(std::vector<Timed> suite, const std::string& word)
{
    std::string bases;
    for (const Timed& timed : suite)
        if (wanted(timed.row, word))
            bases += timed.row.base + '\n';
    std::erase_if(suite, [&](const Timed& timed) {
        return !wanted(timed.row, word) && bases.find(timed.row.name + '\n') == std::string::npos;
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
    std::erase_if(memory, [&](const Figure& figure) { return !wanted(figure.row, arguments.word); });

    std::vector<Timed> suite = chosen(openSuite(), arguments.word);
    for (const auto& more : {streamingSuite, encoderSuite, algorithmSuite, rangeSuite})
        for (Timed& timed : chosen(more(), arguments.word))
            suite.push_back(std::move(timed));
    registerAll(suite);
    const auto seconds = measure(arguments);

    std::vector<Figure> figures;
    for (const Timed& timed : suite)
        figures.push_back(timedFigure(timed.row, seconds));
    figures.insert(figures.end(), memory.begin(), memory.end());
    return figures;
}

} // namespace

int main(int argc, char** argv)
{
    const Arguments arguments = argumentsFrom(argc, argv);
    const std::vector<Figure> figures = figuresFor(arguments);
    Provenance provenance;
    provenance.command = arguments.command;
    Json json = {{"meta", metaJson(provenance)}};
    json["meta"]["threads"] = 1;
    json["rows"] = toJson(figures);
    std::printf(
        "%s\nMedians of %s interleaved repetitions, one thread. ratio: speed over the streaming read for "
        "passes, over what the\nname says behind the colon for encoders and decoders (goal >=), time over "
        "parsing "
        "alone for opening (goal <=).\nmet: the bad end of the 95 %% interval meets the goal.\n",
        tableOf(figures).c_str(), arguments.repetitions.c_str());
    return arguments.out.empty() || std::ofstream(arguments.out) << toText(json) << std::flush ? 0 : 1;
}
