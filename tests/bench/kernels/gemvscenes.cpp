// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/products.h"
#include "tests/bench/kernels/suites.h"

#include "core/kernels/alignedbuffer.h"
#include "core/kernels/timing/registerloops.h"

#include <benchmark/benchmark.h>

namespace quantoscope::bench {

namespace {

constexpr std::size_t side = 4096;
constexpr double macs = double{side} * double{side};
const char* const streaming = "streaming read";

std::string widthName(int bits) { return "own int" + std::to_string(bits); }
std::string title(const std::string& what) { return "kernels: cold GEMV 4096x4096 " + what; }

/// One row times weights that rotate through more memory than any cache holds.
void addCold(Contenders& contenders, const std::string& name, int bits, std::size_t run, int threads)
{
    if (!contenders.wants(name))
        return;
    const CodeMatrix weights = weightsOf(side, side, bits, run);
    const double bytes = packedBytes(weights, bestIsa());
    contenders.addCold(name, macs, bytes, [&] {
        const auto make = run == 0 ? ourInt32 : ourGrouped;
        std::vector<Call> copies = make(weights, 1, bestIsa(), coldCopies(bytes));
        for (Call& call : copies)
            call = onThreads(threads, std::move(call));
        return copies;
    });
}

/// 16 MiB of 256 at a time.
void addRead(Contenders& contenders)
{
    constexpr std::size_t words = std::size_t{1} << 21;
    contenders.addCold(streaming, 0, words * 8.0, [] {
        std::vector<Call> calls;
        const auto memory = std::make_shared<AlignedBuffer<std::uint64_t>>(16 * words);
        for (std::size_t i = 0; i < 16; ++i)
            calls.push_back([memory, i] {
                const std::uint64_t* const from = memory->data() + i * words;
                benchmark::DoNotOptimize(streamingSum(bestIsa(), {from, words}));
            });
        return calls;
    });
}

const std::vector<std::string> floatPeers = {dnnlFloat, eigenFloat, ortFloat};

Scene coldScene()
{
    Scene scene;
    scene.rows = {
        {title("int8, of the read"), widthName(8), {streaming}, 0.93, By::Bytes},
        {title("int8, oneDNN"), widthName(8), {dnnlInt8}, 1.1},
        {title("4-bit group-32, of the read"), "own int4 g32", {streaming}, 0.9, By::Bytes},
        {title("4-bit group-32, ONNX Runtime"), "own int4 g32", {ortFourBits}, 1.6},
        {title("8-bit group-32, ONNX Runtime"), "own int8 g32", {ortEightBits}},
        {title("2-bit group-32, ONNX Runtime"), "own int2 g32", {ortTwoBits}},
        {title("2-bit group-64, of the read"), "own int2 g64", {streaming}, 0.85, By::Bytes},
        {title("2-bit, of the read"), widthName(2), {streaming}, 0.85, By::Bytes},
        {title("1-bit, best float"), widthName(1), floatPeers, 25},
    };
    const std::vector<int> widths = {1, 2, 3, 4, 5, 6, 8};
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
        scene.rows.push_back(
            {title(std::to_string(widths[i]) + "-bit, " + std::to_string(widths[i + 1]) + "-bit"),
             widthName(widths[i]),
             {widthName(widths[i + 1])},
             1});
    scene.make = [widths](Contenders& contenders) {
        addRead(contenders);
        for (const int bits : widths)
            addCold(contenders, widthName(bits), bits, 0, 1);
        for (const int bits : {2, 4, 8})
            addCold(contenders, "own int" + std::to_string(bits) + " g32", bits, 32, 1);
        addCold(contenders, "own int2 g64", 2, 64, 1);
        addPeers(contenders, {1, side, side}, 1, true);
    };
    return scene;
}

Scene hotScene()
{
    const Isa isa = bestIsa();
    Scene scene;
    scene.rows = {
        {"kernels: hot GEMV 4096x4096 1-bit, of the peak", widthName(1), {peakName(isa, 8)}, 0.65, By::Macs}};
    scene.make = [isa](Contenders& contenders) {
        contenders.add(widthName(1), macs, 0, [&] { return ourInt32(weightsOf(side, side, 1), 1, isa)[0]; });
        addPeak(contenders, isa, 8);
    };
    return scene;
}

Scene twoThreads()
{
    Scene scene;
    scene.threads = 2;
    scene.rows = {{title("int8 on 2 threads, best peer"), widthName(8), {dnnlInt8, ortInteger}, 1}};
    scene.make = [](Contenders& contenders) {
        addCold(contenders, widthName(8), 8, 0, 2);
        addPeers(contenders, {1, side, side}, 2, true);
    };
    return scene;
}

} // namespace

std::vector<Scene> gemvScenes() { return {coldScene(), hotScene(), twoThreads()}; }

} // namespace quantoscope::bench
