// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/numbers/numbers.h"

#include "core/analysis/layeranalysis.h"
#include "core/quant/elementquantizer.h"
#include "core/quant/elements/elementformat.h"
#include "core/quant/formats.h"
#include "core/support/error.h"

#include <bit>
#include <cmath>

namespace quantoscope {

namespace {

std::string binary(std::uint32_t value, int bits)
{
    std::string text;
    for (int bit = bits - 1; bit >= 0; --bit)
        text += (value >> bit & 1) != 0 ? '1' : '0';
    return text;
}

FloatFields cut(std::uint32_t code, int exponentBits, int mantissaBits, float value)
{
    const std::string bits = binary(code, 1 + exponentBits + mantissaBits);
    const auto exponent = static_cast<std::size_t>(exponentBits);
    return {bits.substr(0, 1), bits.substr(1, exponent), bits.substr(1 + exponent), value};
}

} // namespace

NumbersPicture numbersPicture(const std::vector<float>& x, const Scheme& scheme)
{
    NumbersPicture picture;
    picture.scheme = scheme;
    for (const float value : x) {
        NumberRow row;
        row.step.x = value;
        row.finite = std::isfinite(value);
        picture.rows.push_back(row);
    }
    if (x.empty())
        return picture;
    try {
        LayerData data({x, nullptr}, {static_cast<std::int64_t>(x.size())}, -1);
        const LayerReport report = data.report(scheme);
        picture.params = report.params;
        picture.metrics = report.metrics;
        const SetLayout& layout = report.params->layout;
        const ElementQuantizer quantizer(data.arranged(scheme), *report.params);
        std::vector<std::int32_t> codes;
        for (std::size_t i = 0; i < x.size(); ++i) {
            NumberRow& row = picture.rows[i];
            row.set = layout.length == 0 ? 0 : i / layout.length;
            std::int32_t code = 0;
            float value = 0;
            quantizer.quantize(row.set, i, {&code, 1}, {&value, 1});
            codes.push_back(row.finite ? code : 0);
            if (row.finite)
                row.step = quantizationStep(*report.params, row.set, i, x[i], code, value);
        }
        if (scheme.format == Format::Int)
            picture.packed = packCodes(codes, scheme.bits);
    } catch (const Error& error) {
        picture.issue = error.what();
        picture.params = nullptr;
    }
    return picture;
}

std::string twosComplement(int code, int bits) { return binary(static_cast<std::uint32_t>(code), bits); }

std::string offsetBinary(int code, int lowest, int bits)
{
    return binary(static_cast<std::uint32_t>(code - lowest), bits);
}

FloatFields floatFields(float x, std::string_view format)
{
    if (format == "f32")
        return cut(std::bit_cast<std::uint32_t>(x), 8, 23, x);
    const ElementFormat* element = findElementFormat(format);
    if (!element || element->kind != ElementFormat::Kind::Float)
        throw Error(ErrorCode::InvalidArgument,
                    "'" + std::string(format) + "' has no sign, exponent and fraction.");
    const std::uint32_t code = element->encode(x);
    return cut(code, element->exponentBits, element->mantissaBits, element->decode(code));
}

} // namespace quantoscope
