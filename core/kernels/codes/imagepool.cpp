// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/codes/imagepool.h"

#include "core/kernels/codes/codeloops.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <vector>

namespace quantoscope {

namespace {

/// Output positions [first, end) whose windows lie on the image wholly.
struct Inside
{
    explicit Inside(const PoolAxis& axis)
        : first(std::min((axis.padBegin + axis.stride - 1) / axis.stride, axis.output())),
          end(axis.input + axis.padBegin < axis.kernel
                  ? first
                  : std::clamp((axis.input + axis.padBegin - axis.kernel) / axis.stride + 1, first,
                               axis.output()))
    {
    }
    std::size_t first, end;
};

/// Taps of a window that lie on the image: positions [first, end) of it.
struct Window
{
    Window(const PoolAxis& axis, std::size_t output)
        : first(std::max(output * axis.stride, axis.padBegin) - axis.padBegin),
          end(std::min(output * axis.stride + axis.kernel - axis.padBegin, axis.input))
    {
    }
    std::size_t first, end;
};

} // namespace

void poolLargest(Isa isa, const std::int8_t* codes, std::size_t images, const PoolAxis& y, const PoolAxis& x,
                 std::size_t channels, std::int8_t* out, std::stop_token stop)
{
    const std::size_t height = y.output();
    const std::size_t width = x.output();
    const Inside inside(x);
    const CodeLoops& loops = codeLoops(isa);
    parallelFor(
        images * height,
        [&](std::size_t i) {
            const Window rows(y, i % height);
            const std::int8_t* const image = codes + i / height * y.input * x.input * channels;
            std::vector<const std::int8_t*> taps;
            taps.reserve(y.kernel * x.kernel);
            const auto pool = [&](std::size_t at, std::size_t count) {
                const Window columns(x, at);
                taps.clear();
                for (std::size_t row = rows.first; row < rows.end; ++row)
                    for (std::size_t column = columns.first; column < columns.end; ++column)
                        taps.push_back(image + (row * x.input + column) * channels);
                loops.largest({taps, x.stride * channels, channels, count},
                              out + (i * width + at) * channels);
            };
            for (std::size_t at = 0; at < inside.first; ++at)
                pool(at, 1);
            if (inside.first < inside.end)
                pool(inside.first, inside.end - inside.first);
            for (std::size_t at = inside.end; at < width; ++at)
                pool(at, 1);
        },
        stop);
}

} // namespace quantoscope
