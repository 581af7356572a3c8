// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/eigenpeer.h"
#include "tests/bench/suites.h"

#include "core/quant/algorithms/adaround.h"
#include "core/quant/algorithms/awq.h"
#include "core/quant/algorithms/gptq.h"
#include "core/quant/algorithms/hqq.h"

#include <memory>
#include <random>

namespace quantoscope::bench {

namespace {

constexpr std::size_t features = 1024;
constexpr std::size_t outputs = 1024;
constexpr std::size_t samples = 2048;

std::vector<float> gaussian(std::size_t count, unsigned seed, float sigma)
{
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal(0, sigma);
    std::vector<float> values(count);
    for (float& value : values)
        value = normal(engine);
    return values;
}

struct Layer
{
    std::vector<float> floats = gaussian(outputs * features, 1, 0.05f);
    std::vector<float> x = gaussian(samples * features, 2, 1.0f);
    ChannelMajor weights{floats, outputs, features, 0, nullptr};
    LayerInputs inputs{x, samples, features};
};

} // namespace

std::vector<Timed> algorithmSuite()
{
    const auto layer = std::make_shared<const Layer>();
    const char* const peer = "Eigen, algebra of GPTQ 1024x1024";
    const auto gptq = [&](const char* name, const char* scheme, double limit) {
        return Timed{Row{name, peer, limit > 0 ? Goal::AtMost : Goal::None, limit, 0},
                     [layer, parsed = parseScheme(scheme)] {
                         benchmark::DoNotOptimize(runGptq(layer->weights, parsed, layer->inputs));
                     }};
    };
    // Per iteration AdaRound needs one product of errors and Gram matrix: the base is 50 of them.
    constexpr std::size_t iterations = 50;
    const char* const products = "Eigen, 50 products 1024^3";
    return {
        {Row{peer, "", Goal::None, 0, 0},
         [layer] {
             benchmark::DoNotOptimize(eigenGptqAlgebra(layer->x.data(), samples, features, outputs));
         }},
        gptq("GPTQ 1024x1024, 2048 samples", "bits=4,granularity=channel,algorithm=gptq", 2),
        gptq("GPTQ, group:128", "bits=4,granularity=group:128,algorithm=gptq", 0),
        gptq("GPTQ, act-order", "bits=4,granularity=channel,algorithm=gptq-actorder", 0),
        {Row{"AWQ 1024x1024, 20 exponents", peer, Goal::None, 0, 0},
         [layer, scheme = parseScheme("bits=4,granularity=group:128")] {
             benchmark::DoNotOptimize(runAwq(layer->weights, scheme, layer->inputs));
         }},
        {Row{products, "", Goal::None, 0, 0},
         [layer] {
             for (std::size_t i = 0; i < iterations; ++i)
                 benchmark::DoNotOptimize(
                     eigenProduct(layer->x.data(), layer->floats.data(), features, outputs));
         }},
        {Row{"AdaRound, 50 iterations", products, Goal::None, 0, 0},
         [layer, scheme = parseScheme("bits=4,granularity=channel")] {
             AdaRoundOptions options;
             options.iterations = iterations;
             options.searchSweeps = 0;
             benchmark::DoNotOptimize(runAdaRound(layer->weights, scheme, layer->inputs, options));
         }},
        {Row{"HQQ 1024x1024, group:64", peer, Goal::None, 0, 0},
         [layer, scheme = parseScheme("bits=4,grid=offset,granularity=group:64")] {
             benchmark::DoNotOptimize(runHqq(layer->weights, scheme));
         }},
    };
}

} // namespace quantoscope::bench
