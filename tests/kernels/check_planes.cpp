// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/planes/depthsteps.h"
#include "core/kernels/planes/weightplanes.h"
#include "core/kernels/tile.h"
#include "core/support/error.h"
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

#include <algorithm>

namespace quantoscope::test {

namespace {

/// The integer that a decoded panel holds for a column at a place of a step; padding has code 0.
std::int64_t expectedEntry(const CodeMatrix& weights, const WeightPlanes& planes,
                           const std::vector<DepthStep>& steps, std::size_t output, std::size_t step, int at)
{
    std::uint16_t code = 0;
    if (output < weights.outputs && step < steps.size() && at < steps[step].count)
        code = weights.codes[output * weights.depth.depth + steps[step].first + static_cast<std::size_t>(at)];
    return weights.table.empty() ? code : weights.table[code] + planes.shift;
}

bool decodesTo(const CodeMatrix& weights, const WeightPlanes& planes)
{
    const std::vector<DepthStep> steps = depthSteps(weights.depth, planes.step);
    if (planes.steps != steps.size() || planes.steps != depthStepCount(weights.depth, planes.step))
        return false;
    AlignedBuffer<std::uint8_t> scratch(planes.decodedBytes());
    for (std::size_t panel = 0; panel < planes.panels; ++panel) {
        const void* decoded = panelOf(planes, panel, scratch.data());
        const auto* bytes = static_cast<const std::uint8_t*>(decoded);
        const auto* words = static_cast<const std::int16_t*>(decoded);
        std::size_t index = 0;
        for (std::size_t step = 0; step < planes.paddedSteps; ++step)
            for (int column = 0; column < planes.columns; ++column)
                for (int at = 0; at < planes.step; ++at, ++index) {
                    const std::size_t output =
                        panel * static_cast<std::size_t>(planes.columns) + static_cast<std::size_t>(column);
                    const std::int64_t entry = planes.step == 4 ? bytes[index] : words[index];
                    if (entry != expectedEntry(weights, planes, steps, output, step, at))
                        return false;
                }
    }
    return true;
}

std::vector<std::int16_t> someTable(int bits)
{
    std::vector<std::int16_t> table(std::size_t{1} << bits);
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = static_cast<std::int16_t>((i * 89 + 37) % 256) - 128;
    return table;
}

void checkRoundTrips(Isa isa, int bits, Failures& failures)
{
    const auto columns = static_cast<std::size_t>(tileKernel(isa).columns);
    const std::string name = std::to_string(bits) + " bits ";
    for (const std::size_t outputs : {std::size_t{1}, columns - 1, columns, columns + 1, 2 * columns + 3})
        for (const std::size_t depth : {1, 3, 4, 5, 31, 64, 67, 130})
            for (const std::size_t run : {0, 3, 16}) {
                CodeMatrix weights = randomWeights(outputs, depth, bits, outputs * 131 + depth, run);
                const std::string shape =
                    name + std::to_string(outputs) + "×" + std::to_string(depth) + ":" + std::to_string(run);
                const WeightPlanes planes = packPlanes(weights, isa);
                failures.expect(decodesTo(weights, planes), shape);
                failures.expect(planes.size() * 8
                                    == planes.panels * planes.paddedSteps * columns
                                           * static_cast<std::size_t>(planes.step * bits),
                                shape + " takes its bits");
                weights.table = someTable(bits);
                failures.expect(decodesTo(weights, packPlanes(weights, isa)), shape + " by table");
            }
}

void checkRanges(Isa isa, Failures& failures)
{
    CodeMatrix weights = randomWeights(5, 40, 4, 1);
    weights.table.assign(16, 200);
    bool thrown = false;
    try {
        thrown = decodesTo(weights, packPlanes(weights, isa)) && tileKernel(isa).step == 2;
    } catch (const Error&) {
        thrown = tileKernel(isa).step == 4;
    }
    failures.expect(thrown, "a table beyond int8 is refused where panels hold bytes");
    for (int part = 0; part < 2; ++part) {
        const CodeMatrix empty = part == 0 ? randomWeights(0, 40, 4, 1) : randomWeights(5, 0, 4, 1);
        failures.expect(packPlanes(empty, isa).size() == 0, "nothing takes nothing");
    }
    try {
        packPlanes(randomWeights(3, 8, 9, 1), isa);
        failures.expect(false, "9 bits are refused");
    } catch (const Error& error) {
        failures.expect(error.code() == ErrorCode::InvalidArgument, "9 bits are refused clearly");
    }
}

} // namespace

/// Codes packed into planes come back as they were.
void checkPlanes(Isa isa, Failures& failures)
{
    for (int bits = 1; bits <= 8; ++bits)
        checkRoundTrips(isa, bits, failures);
    checkRanges(isa, failures);
}

} // namespace quantoscope::test
