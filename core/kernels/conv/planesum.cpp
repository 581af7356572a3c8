// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/planesum.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// Output positions whose tap lies on the image.
struct Reached
{
    std::int64_t first;
    std::int64_t end;
};

Reached reached(const ConvAxis& axis, std::int64_t tap)
{
    const std::int64_t offset = tap * axis.dilation - axis.padBegin;
    const std::int64_t first = offset >= 0 ? 0 : (-offset + axis.stride - 1) / axis.stride;
    const std::int64_t last = axis.input - 1 - offset;
    const std::int64_t end = last < 0 ? 0 : std::min(last / axis.stride + 1, axis.output());
    return {std::min(first, end), end};
}

template <typename Real>
void addTap(const Real* from, std::int64_t stride, Real weight, Real* to, std::int64_t count)
{
    if (stride == 1)
        for (std::int64_t i = 0; i < count; ++i)
            to[i] += weight * from[i];
    else
        for (std::int64_t i = 0; i < count; ++i)
            to[i] += weight * from[i * stride];
}

template <typename Real>
void sum(const ConvGeometry& g, const Real* image, const Real* weights, Real* out)
{
    std::fill_n(out, g.positions(), Real{0});
    const std::int64_t width = g.x.output();
    for (std::int64_t y = 0; y < g.y.output(); ++y) {
        for (std::int64_t ky = 0; ky < g.y.kernel; ++ky) {
            const std::int64_t at = y * g.y.stride - g.y.padBegin + ky * g.y.dilation;
            if (at < 0 || at >= g.y.input)
                continue;
            for (std::int64_t kx = 0; kx < g.x.kernel; ++kx) {
                const Reached x = reached(g.x, kx);
                if (x.first == x.end)
                    continue;
                const std::int64_t left = x.first * g.x.stride - g.x.padBegin + kx * g.x.dilation;
                addTap(image + at * g.x.input + left, g.x.stride, weights[ky * g.x.kernel + kx],
                       out + y * width + x.first, x.end - x.first);
            }
        }
    }
}

} // namespace

void sumPlane(const ConvGeometry& geometry, const float* image, const float* weights, float* out)
{
    sum(geometry, image, weights, out);
}

void sumPlane(const ConvGeometry& geometry, const double* image, const double* weights, double* out)
{
    sum(geometry, image, weights, out);
}

} // namespace quantoscope
