// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/convolution.h"

#include "core/kernels/conv/denseconv.h"
#include "core/kernels/conv/depthwiseconv.h"
#include "core/support/error.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

namespace quantoscope {

namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::InvalidArgument, what); }

/// Sentences are made where they are said alone: small layers take as long as a few of them.
void validate(const PackedConv& conv, const ConvInput& input, const ConvOutput& output)
{
    const std::size_t wanted = input.images * conv.geometry.inputSize();
    if (input.codes.size() != wanted)
        refuse("A convolution of " + std::to_string(input.images) + " images reads " + std::to_string(wanted)
               + " codes; it got " + std::to_string(input.codes.size()) + ".");
    if (input.factor != 1 && input.factor != 2)
        refuse("The factor of an activation code is 1 or 2.");
    if (input.terms.size() != 1 && input.terms.size() != input.images)
        refuse("A convolution takes the terms of its activations once or for each image.");
    const std::size_t size = std::visit([](const auto& to) { return to.out.size(); }, output.to);
    const std::size_t room = input.images * conv.geometry.outputSize();
    if (size != room)
        refuse("A convolution of these images writes " + std::to_string(room) + " elements; it got room for "
               + std::to_string(size) + ".");
    if (const auto* codes = std::get_if<ConvCodes>(&output.to))
        if (codes->rule.rule == Requantization::Float ? codes->rule.floatMultipliers == nullptr
                                                      : codes->rule.multipliers == nullptr)
            refuse("Output codes need a multiplier for each channel.");
    if (largestSum(conv, input) > std::numeric_limits<std::int32_t>::max())
        refuse("The sums of this convolution could pass 32 bits: it adds "
               + std::to_string(conv.geometry.depth()) + " products.");
}

void convolveValid(const PackedConv& conv, const ConvInput& input, const ConvOutput& output,
                   ConvScratch& scratch, const std::stop_token& stop)
{
    if (conv.depthwise.kernel != nullptr)
        convolveDepthwise(conv, input, output, scratch, stop);
    else
        convolveDense(conv, input, output, scratch, stop);
}

} // namespace

std::int64_t largestSum(const PackedConv& conv, const ConvInput& input)
{
    std::int64_t activation = 0;
    for (const RowTerms& terms : input.terms)
        activation = std::max({activation, std::abs(std::int64_t{input.factor} * -128 - terms.zero),
                               std::abs(std::int64_t{input.factor} * 127 - terms.zero)});
    // Both factors are far below 2^31, the depth is below 2^40: what does not fit is too large anyway.
    const std::int64_t product = std::max<std::int64_t>(activation * conv.largest, 1);
    const std::int64_t depth = conv.geometry.depth();
    return depth > std::numeric_limits<std::int64_t>::max() / product
               ? std::numeric_limits<std::int64_t>::max()
               : depth * product;
}

void convolve(const PackedConv& conv, const ConvInput& input, const ConvOutput& output, ConvScratch& scratch,
              std::stop_token stop)
{
    validate(conv, input, output);
    if (const auto* codes = std::get_if<ConvCodes>(&output.to);
        codes != nullptr && codes->tables == nullptr && input.terms.size() == 1) {
        const CodeTables tables = codeTables(conv, input.terms.front(), input.factor, codes->rule);
        return convolveValid(conv, input, {ConvCodes{codes->out, codes->rule, &tables}, output.layout},
                             scratch, stop);
    }
    convolveValid(conv, input, output, scratch, stop);
}

} // namespace quantoscope
