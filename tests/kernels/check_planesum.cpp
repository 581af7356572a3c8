// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/planesum.h"
#include "tests/kernels/check.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace quantoscope::test {

namespace {

ConvAxis axisOf(std::mt19937& random)
{
    const auto draw = [&](int most) {
        return static_cast<std::int64_t>(random() % static_cast<unsigned>(most));
    };
    ConvAxis axis;
    axis.kernel = 1 + draw(5);
    axis.stride = 1 + draw(3);
    axis.dilation = 1 + draw(2);
    axis.padBegin = draw(4);
    axis.padEnd = draw(4);
    axis.input =
        std::max<std::int64_t>(1, (axis.kernel - 1) * axis.dilation + 1 - axis.padBegin - axis.padEnd)
        + draw(20);
    return axis;
}

std::int64_t expected(const ConvGeometry& g, const std::vector<double>& image,
                      const std::vector<double>& weights, std::int64_t y, std::int64_t x)
{
    std::int64_t sum = 0;
    for (std::int64_t ky = 0; ky < g.y.kernel; ++ky) {
        for (std::int64_t kx = 0; kx < g.x.kernel; ++kx) {
            const std::int64_t row = y * g.y.stride - g.y.padBegin + ky * g.y.dilation;
            const std::int64_t column = x * g.x.stride - g.x.padBegin + kx * g.x.dilation;
            if (row >= 0 && row < g.y.input && column >= 0 && column < g.x.input)
                sum += static_cast<std::int64_t>(weights[static_cast<std::size_t>(ky * g.x.kernel + kx)])
                       * static_cast<std::int64_t>(image[static_cast<std::size_t>(row * g.x.input + column)]);
        }
    }
    return sum;
}

} // namespace

/// Sums of 16-bit words in double and of small integers in float, both exact, on 300 geometries.
void checkPlaneSum(Isa, Failures& failures)
{
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        ConvGeometry g;
        g.y = axisOf(random);
        g.x = axisOf(random);
        const bool words = round % 2 == 0;
        const auto draw = [&] {
            const auto bits = static_cast<std::int64_t>(random() & 0xffff) - 0x8000;
            return static_cast<double>(words ? bits : bits % 100);
        };
        std::vector<double> image(static_cast<std::size_t>(g.y.input * g.x.input));
        std::vector<double> weights(static_cast<std::size_t>(g.y.kernel * g.x.kernel));
        for (double& value : image)
            value = draw();
        for (double& value : weights)
            value = draw();
        const auto positions = static_cast<std::size_t>(g.positions());
        std::vector<double> sums(positions, -1);
        if (words) {
            sumPlane(g, image.data(), weights.data(), sums.data());
        } else {
            const std::vector<float> pixels(image.begin(), image.end());
            const std::vector<float> taps(weights.begin(), weights.end());
            std::vector<float> out(positions, -1);
            sumPlane(g, pixels.data(), taps.data(), out.data());
            sums.assign(out.begin(), out.end());
        }
        bool equal = true;
        for (std::size_t i = 0; i < positions; ++i)
            equal = equal
                    && sums[i]
                           == static_cast<double>(expected(g, image, weights,
                                                           static_cast<std::int64_t>(i) / g.x.output(),
                                                           static_cast<std::int64_t>(i) % g.x.output()));
        failures.expect(equal,
                        "planesum: geometry " + std::to_string(round) + " equals the sum term by term");
    }
}

} // namespace quantoscope::test
