// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/convtranspose/geometry.h"

#include "core/support/error.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace quantoscope {

namespace {

/// Largest count of anything: sums of a few such numbers fit std::int64_t.
constexpr std::int64_t sizeLimit = std::int64_t{1} << 40;

void require(bool holds, const std::string& what)
{
    if (!holds)
        throw Error(ErrorCode::InvalidArgument, "This transposed convolution cannot be computed: " + what);
}

bool isCount(std::int64_t number) { return number >= 1 && number <= sizeLimit; }
bool isPadding(std::int64_t number) { return number >= 0 && number <= sizeLimit; }

/// Sizes whose sums and products fit.
bool isBounded(const TransposeAxis& axis)
{
    return isCount(axis.input) && isCount(axis.kernel) && isCount(axis.stride) && isCount(axis.dilation)
           && axis.stride <= sizeLimit / axis.input && axis.dilation <= sizeLimit / axis.kernel
           && isPadding(axis.padBegin) && isPadding(axis.padEnd) && isPadding(axis.outputPadding);
}

void validateAxis(const TransposeAxis& axis, const std::string& name)
{
    require(isBounded(axis), "its sizes along " + name + " are " + std::to_string(axis.input) + " elements, "
                                 + std::to_string(axis.kernel) + " taps, stride "
                                 + std::to_string(axis.stride) + ", dilation " + std::to_string(axis.dilation)
                                 + ", padding " + std::to_string(axis.padBegin) + " and "
                                 + std::to_string(axis.padEnd) + ", output padding "
                                 + std::to_string(axis.outputPadding) + ".");
    require(isCount(axis.output()),
            "its result has " + std::to_string(axis.output()) + " elements along " + name + ".");
}

/// a · b of counts that are at least 1.
std::int64_t product(std::int64_t a, std::int64_t b)
{
    require(a <= sizeLimit / b, "its tensors are too large.");
    return a * b;
}

} // namespace

std::int64_t TransposeAxis::meeting() const
{
    const std::int64_t apart = stride / std::gcd(stride, dilation);
    return std::min((kernel + apart - 1) / apart, input);
}

TransposeAxis withAutoPad(TransposeAxis axis, AutoPad autoPad)
{
    if (autoPad == AutoPad::NotSet)
        return axis;
    axis.padBegin = 0;
    axis.padEnd = 0;
    if (autoPad == AutoPad::Valid || !isBounded(axis))
        return axis;
    const std::int64_t total = std::max<std::int64_t>(0, axis.output() - axis.input * axis.stride);
    axis.padBegin = autoPad == AutoPad::SameUpper ? total / 2 : total - total / 2;
    axis.padEnd = total - axis.padBegin;
    return axis;
}

void TransposeGeometry::validate() const
{
    require(isCount(channels) && isCount(outputs) && groups >= 1 && channels % groups == 0
                && outputs % groups == 0,
            std::to_string(groups) + " groups do not divide " + std::to_string(channels)
                + " input channels and " + std::to_string(outputs) + " outputs.");
    validateAxis(y, "y");
    validateAxis(x, "x");
    product(product(channels, groupOutputs()), product(y.kernel, x.kernel));
    product(channels, product(y.input, x.input));
    product(product(outputs, y.output()), x.output());
    product(product(groupOutputs(), taps()), pixels());
}

} // namespace quantoscope
