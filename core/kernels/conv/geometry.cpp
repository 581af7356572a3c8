// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/geometry.h"

#include "core/support/error.h"

#include <algorithm>
#include <string>

namespace quantoscope {

namespace {

/// Largest count of anything: products of two such numbers with a small factor still fit std::int64_t after the checks below.
constexpr std::int64_t sizeLimit = std::int64_t{1} << 40;

void require(bool holds, const std::string& what)
{
    if (!holds)
        throw Error(ErrorCode::InvalidArgument, "This convolution cannot be computed: " + what);
}

std::string text(std::int64_t number) { return std::to_string(number); }

/// What validateAxis() accepts but for the padding: sizes whose sums and products fit.
bool isBounded(const ConvAxis& axis)
{
    const auto counts = [](std::int64_t number) { return number >= 1 && number <= sizeLimit; };
    return counts(axis.input) && counts(axis.kernel) && counts(axis.stride) && counts(axis.dilation)
           && (axis.kernel == 1 || axis.dilation <= sizeLimit / (axis.kernel - 1));
}

void validateAxis(const ConvAxis& axis, const std::string& name)
{
    require(axis.input >= 1 && axis.input <= sizeLimit,
            "the image has " + text(axis.input) + " elements along " + name + ".");
    require(axis.kernel >= 1 && axis.kernel <= sizeLimit,
            "the kernel has " + text(axis.kernel) + " taps along " + name + ".");
    require(axis.stride >= 1 && axis.stride <= sizeLimit,
            "the stride along " + name + " is " + text(axis.stride) + "; it must be at least 1.");
    require(axis.dilation >= 1 && axis.dilation <= sizeLimit,
            "the dilation along " + name + " is " + text(axis.dilation) + "; it must be at least 1.");
    require(axis.padBegin >= 0 && axis.padEnd >= 0 && axis.padBegin <= sizeLimit && axis.padEnd <= sizeLimit,
            "the padding along " + name + " is " + text(axis.padBegin) + " and " + text(axis.padEnd)
                + "; it must be at least 0.");
    require(axis.kernel == 1 || axis.dilation <= sizeLimit / (axis.kernel - 1),
            "its kernel reaches too far along " + name + ".");
    require(axis.reach() <= axis.padded(), "the kernel reaches over " + text(axis.reach())
                                               + " elements along " + name + ", the padded image has "
                                               + text(axis.padded()) + ".");
}

/// a · b of counts that are at least 1.
std::int64_t product(std::int64_t a, std::int64_t b)
{
    require(a <= sizeLimit / b, "its tensors are too large.");
    return a * b;
}

} // namespace

ConvAxis withAutoPad(ConvAxis axis, AutoPad autoPad)
{
    if (autoPad == AutoPad::NotSet)
        return axis;
    axis.padBegin = 0;
    axis.padEnd = 0;
    if (autoPad == AutoPad::Valid || !isBounded(axis))
        return axis;
    const std::int64_t output = (axis.input + axis.stride - 1) / axis.stride;
    const std::int64_t total =
        std::max<std::int64_t>(0, (output - 1) * axis.stride + axis.reach() - axis.input);
    axis.padBegin = autoPad == AutoPad::SameUpper ? total / 2 : total - total / 2;
    axis.padEnd = total - axis.padBegin;
    return axis;
}

bool ConvGeometry::isPointwise() const
{
    const auto alone = [](const ConvAxis& axis) {
        return axis.kernel == 1 && axis.stride == 1 && axis.padBegin == 0 && axis.padEnd == 0;
    };
    return alone(y) && alone(x);
}

void ConvGeometry::validate() const
{
    require(channels >= 1 && channels <= sizeLimit, "it has " + text(channels) + " input channels.");
    require(outputs >= 1 && outputs <= sizeLimit, "it has " + text(outputs) + " output channels.");
    require(groups >= 1, "it has " + text(groups) + " groups; there must be at least one.");
    require(channels % groups == 0,
            text(groups) + " groups do not divide " + text(channels) + " input channels.");
    require(outputs % groups == 0,
            text(groups) + " groups do not divide " + text(outputs) + " output channels.");
    validateAxis(y, "y");
    validateAxis(x, "x");
    product(product(outputs, groupChannels()), product(y.kernel, x.kernel));
    product(channels, product(y.padded(), x.padded()));
    product(outputs, product(y.output(), x.output()));
}

} // namespace quantoscope
