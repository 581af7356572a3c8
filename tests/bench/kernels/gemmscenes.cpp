// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/products.h"
#include "tests/bench/kernels/suites.h"

namespace quantoscope::bench {

namespace {

constexpr std::size_t side = 4096;

std::string shape(std::size_t rows) { return std::to_string(rows) + "x4096x4096"; }

double macsOf(std::size_t rows) { return static_cast<double>(rows * side * side); }

/// An int8 product, and one of 4 bits in groups of 32, beside everything else.
Scene peersScene(std::size_t rows)
{
    const Isa isa = bestIsa();
    const bool large = rows >= 128;
    const std::string int8 = "kernels: int8 GEMM " + shape(rows);
    const std::string dynamic = "kernels: float-in-out int8 GEMM " + shape(rows);
    const std::string four = "kernels: 4-bit group-32 GEMM " + shape(rows);
    Scene scene;
    scene.rows = {{int8 + ", oneDNN", "int8", {dnnlInt8}, large ? 0.97 : 0.95},
                  {four + ", ONNX Runtime", "int4 g32", {ortFourBits}, large ? 2.3 : 2.0}};
    if (large)
        scene.rows.insert(
            scene.rows.end(),
            {{int8 + ", of the peak", "int8", {peakName(isa, 8)}, 0.92, By::Macs},
             {int8 + ", ONNX Runtime", "int8", {ortInteger}, 1.05},
             {dynamic + ", ONNX Runtime", "int8 dynamic", {ortDynamic}, 1.08},
             {"kernels: 8-bit group-32 GEMM " + shape(rows) + ", ONNX Runtime", "int8 g32", {ortEightBits}},
             {"kernels: 2-bit group-32 GEMM " + shape(rows) + ", ONNX Runtime", "int2 g32", {ortTwoBits}},
             {int8 + ", best float", "int8", {dnnlFloat, ortFloat}, 3.8},
             {int8 + ", Eigen", "int8", {eigenFloat}, 5},
             {four + ", of the peak", "int4 g32", {peakName(isa, 8)}, 0.70, By::Macs}});
    scene.make = [=](Contenders& contenders) {
        const double macs = macsOf(rows);
        const CodeMatrix weights = weightsOf(side, side, 8);
        contenders.add("int8", macs, 0, [&] { return ourInt32(weights, rows, isa)[0]; });
        contenders.add("int8 dynamic", macs, 0, [&] { return ourDynamic(weights, rows, isa)[0]; });
        for (const int bits : {2, 4, 8})
            contenders.add("int" + std::to_string(bits) + " g32", macs, 0,
                           [&] { return ourGrouped(weightsOf(side, side, bits, 32), rows, isa)[0]; });
        addPeers(contenders, {rows, side, side});
        addPeak(contenders, isa, 8);
    };
    return scene;
}

std::string widthName(int bits) { return "own int" + std::to_string(bits); }

/// 1 to 7 bits against 8, binary against everything.
Scene widthsScene(std::size_t rows)
{
    const Isa isa = bestIsa();
    Scene scene;
    for (int bits = 7; bits >= 1; --bits)
        scene.rows.push_back({"kernels: " + std::to_string(bits) + "-bit GEMM " + shape(rows) + ", own int8",
                              widthName(bits),
                              {widthName(8)},
                              0.93});
    const std::string xnor = "kernels: XNOR GEMM " + shape(rows);
    scene.rows.insert(scene.rows.end(),
                      {{xnor + ", of the peak", "xnor", {peakName(isa, 1)}, 0.85, By::Macs},
                       {xnor + ", own int8", "xnor", {widthName(8)}, 4.7},
                       {xnor + ", best float", "xnor", {dnnlFloat, ortFloat, eigenFloat}, 18}});
    scene.make = [=](Contenders& contenders) {
        for (int bits = 1; bits <= 8; ++bits)
            contenders.add(widthName(bits), macsOf(rows), 0,
                           [&] { return ourInt32(weightsOf(side, side, bits), rows, isa)[0]; });
        contenders.add("xnor", macsOf(rows), 0, [&] { return ourXnor(side, side, rows, isa); });
        addPeers(contenders, {rows, side, side});
        addPeak(contenders, isa, 1);
    };
    return scene;
}

} // namespace

std::vector<Scene> gemmScenes()
{
    std::vector<Scene> scenes;
    for (const std::size_t rows : {32, 128, 512})
        scenes.push_back(peersScene(rows));
    for (const std::size_t rows : {128, 512})
        scenes.push_back(widthsScene(rows));
    return scenes;
}

std::vector<Scene> wideScenes()
{
    const Isa isa = bestIsa();
    constexpr std::size_t rows = 128;
    Scene scene;
    for (int bits = 9; bits <= 16; ++bits)
        scene.rows.push_back(
            {"kernels: " + std::to_string(bits) + "-bit GEMM " + shape(rows) + ", of the peak",
             widthName(bits),
             {peakName(isa, 16)},
             bits <= 12   ? 0.8
             : bits == 13 ? 0.7
             : bits == 14 ? 0.6
                          : 0.4,
             By::Macs});
    scene.make = [=](Contenders& contenders) {
        for (int bits = 9; bits <= 16; ++bits)
            contenders.add(widthName(bits), macsOf(rows), 0,
                           [&] { return ourWide(side, side, rows, bits, isa); });
        addPeak(contenders, isa, 16);
    };
    return {scene};
}

std::vector<Scene> avx2Scenes()
{
    if (!isAvailable(Isa::Avx2))
        return {};
    constexpr std::size_t rows = 128;
    Scene scene;
    scene.rows = {{"kernels: AVX2 int8 GEMM " + shape(rows) + ", Eigen for AVX2",
                   "int8 by AVX2",
                   {"Eigen f32 by AVX2"},
                   1.5}};
    scene.make = [](Contenders& contenders) {
        contenders.add("int8 by AVX2", macsOf(rows), 0,
                       [] { return ourInt32(weightsOf(side, side, 8), rows, Isa::Avx2)[0]; });
        contenders.add("Eigen f32 by AVX2", macsOf(rows), 0, [] {
            return [a = randomFloats(rows * side), b = randomFloats(side * side),
                    c = std::make_shared<std::vector<float>>(rows * side)] {
                eigenMatMulAvx2(a.data(), b.data(), c->data(), {rows, side, side});
            };
        });
    };
    return {scene};
}

std::vector<Scene> threadScenes()
{
    const Isa isa = bestIsa();
    std::vector<Scene> scenes;
    for (const std::size_t rows : {128, 512}) {
        const std::string name = "kernels: int8 GEMM " + shape(rows) + " on 2 threads";
        Scene scene;
        scene.threads = 2;
        scene.rows = {{name + ", one thread", "2 threads", {"1 thread"}, 1.85},
                      {name + ", oneDNN", "2 threads", {dnnlInt8}, 0.95}};
        scene.make = [=](Contenders& contenders) {
            const Call call = ourInt32(weightsOf(side, side, 8), rows, isa)[0];
            for (const int threads : {1, 2})
                contenders.add(threads == 1 ? "1 thread" : "2 threads", macsOf(rows), 0,
                               [&] { return onThreads(threads, call); });
            addPeers(contenders, {rows, side, side}, 2);
        };
        scenes.push_back(std::move(scene));
    }
    return scenes;
}

std::vector<Scene> kernelScenes()
{
    std::vector<Scene> scenes;
    for (const auto& more :
         {gemmScenes, gemvScenes, wideScenes, threadScenes, convScenes, avx2Scenes, networkScenes})
        for (Scene& scene : more())
            scenes.push_back(std::move(scene));
    return scenes;
}

} // namespace quantoscope::bench
