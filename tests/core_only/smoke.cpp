// SPDX-License-Identifier: GPL-3.0-or-later
// The two worked examples through the engine's public interface, without Qt: proof that the engine stands alone.
#include "core/analysis/layeranalysis.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

using namespace quantoscope;

namespace {

struct Example
{
    std::string scheme;
    std::vector<std::int32_t> codes;
    std::vector<double> values; ///< to two digits
    double mse;
    double clippingMse;
    double sqnrDb; ///< to two digits
};

const std::vector<Example> examples = {
    {"bits=3,grid=symmetric,range=manual:-2:2", {2, 3, 0, 1}, {1.33, 2.0, 0.0, 0.67}, 0.080556, 0.04, 13.78},
    {"bits=3,grid=offset,range=manual:-0.5:2", {4, 7, 1, 4}, {0.93, 2.0, -0.14, 0.93}, 0.057653, 0.04, 15.24},
};

int failures = 0;

void check(bool holds, const std::string& what)
{
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what.c_str());
        ++failures;
    }
}

void checkNear(double value, double expected, double tolerance, const std::string& what)
{
    check(std::abs(value - expected) <= tolerance,
          what + ": " + std::to_string(value) + " for " + std::to_string(expected));
}

void reproduce(const Example& example)
{
    const Shape shape = {4};
    const FloatArray data = floatsOf(tensorFromFloats(shape, {1.1f, 2.4f, -0.3f, 0.8f}));
    LayerData layer(data, shape, 0);
    const Scheme scheme = parseScheme(example.scheme);

    const QuantizedValues quantized = quantize(layer.arranged(scheme), *layer.params(scheme));
    check(quantized.codes == example.codes, example.scheme + ": codes");
    for (std::size_t i = 0; i < example.values.size(); ++i)
        checkNear(quantized.values[i], example.values[i], 0.005,
                  example.scheme + ": value " + std::to_string(i));

    // The figures are printed with six and two digits: half a unit of the last one.
    const LayerReport report = layer.report(scheme);
    check(report.issue.empty(), example.scheme + ": no issue");
    checkNear(report.metrics.mse, example.mse, 5e-7, example.scheme + ": mse");
    checkNear(report.metrics.clippingMse, example.clippingMse, 5e-7, example.scheme + ": clippingMse");
    checkNear(report.metrics.sqnrDb, example.sqnrDb, 0.005, example.scheme + ": sqnrDb");
}

} // namespace

int main()
{
    for (const Example& example : examples)
        reproduce(example);
    if (failures == 0)
        std::puts("the worked examples hold");
    return failures == 0 ? 0 : 1;
}
