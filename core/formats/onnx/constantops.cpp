// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/constantops.h"

#include "core/support/error.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::Unsupported, reason); }

std::vector<std::size_t> stridesOf(const Shape& shape)
{
    std::vector<std::size_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = strides[i] * static_cast<std::size_t>(shape[i]);
    return strides;
}

/// Copies element `from` of `in` to element `to` of `out`; both of `bits` each, low bits first.
void copyElement(const std::byte* in, std::size_t from, std::byte* out, std::size_t to, int bits)
{
    if (bits >= 8) {
        const auto bytes = static_cast<std::size_t>(bits / 8);
        std::memcpy(out + to * bytes, in + from * bytes, bytes);
        return;
    }
    const auto perByte = static_cast<std::size_t>(8 / bits);
    const unsigned mask = (1u << bits) - 1;
    const unsigned code =
        (std::to_integer<unsigned>(in[from / perByte]) >> (from % perByte * static_cast<unsigned>(bits)))
        & mask;
    out[to / perByte] |= static_cast<std::byte>(code << (to % perByte * static_cast<unsigned>(bits)));
}

/// Elements that follow each other along the whole last axis, 1 when they do not.
std::size_t contiguousRun(const std::vector<std::vector<std::size_t>>& offsets)
{
    if (offsets.empty() || offsets.back().empty())
        return 1;
    const auto& last = offsets.back();
    for (std::size_t i = 1; i < last.size(); ++i)
        if (last[i] != last[i - 1] + 1)
            return 1;
    return last.size();
}

/// out[i0, i1, …] = in[offsets[0][i0] + offsets[1][i1] + …]
Tensor gathered(const Tensor& in, const std::vector<std::vector<std::size_t>>& offsets)
{
    Shape shape;
    for (const auto& axis : offsets)
        shape.push_back(static_cast<std::int64_t>(axis.size()));
    const auto count = elementCount(shape);
    if (!count)
        reject("the result would be too large");
    auto held = std::make_shared<std::vector<std::byte>>(packedBytes(in.dtype, *count));
    const int bits = bitsOf(in.dtype);
    const std::size_t run = bits >= 8 ? contiguousRun(offsets) : 1;
    std::vector<std::size_t> at(offsets.size(), 0);
    for (std::size_t i = 0; i < *count; i += run) {
        std::size_t from = 0;
        for (std::size_t axis = 0; axis < at.size(); ++axis)
            from += offsets[axis][at[axis]];
        if (run > 1) {
            const auto width = static_cast<std::size_t>(bits / 8);
            std::memcpy(held->data() + i * width, in.bytes.data() + from * width, run * width);
            at.back() = offsets.back().size() - 1; // the whole last axis is done
        } else {
            copyElement(in.bytes.data(), from, held->data(), i, bits);
        }
        for (std::size_t axis = at.size(); axis-- > 0 && ++at[axis] == offsets[axis].size();)
            at[axis] = 0;
    }
    return {in.dtype, std::move(shape), *held, held};
}

Shape scaleShape(const StoredQuantization& stored, Shape shape)
{
    auto& along = shape[static_cast<std::size_t>(stored.axis)];
    along = along / stored.block + (along % stored.block != 0);
    return shape;
}

template <class T>
std::vector<T> transposedSets(const std::vector<T>& sets, const Shape& shape,
                              const std::vector<std::size_t>& permutation)
{
    if (sets.size() < 2)
        return sets;
    const auto strides = stridesOf(shape);
    std::vector<std::vector<std::size_t>> offsets;
    for (const std::size_t axis : permutation) {
        auto& list = offsets.emplace_back();
        for (std::int64_t i = 0; i < shape[axis]; ++i)
            list.push_back(static_cast<std::size_t>(i) * strides[axis]);
    }
    static_assert(sizeof(T) == 4);
    const Tensor in{DType::I32, shape, std::as_bytes(std::span(sets)), nullptr};
    const Tensor out = gathered(in, offsets);
    std::vector<T> result(sets.size());
    std::memcpy(result.data(), out.bytes.data(), out.bytes.size());
    return result;
}

StoredQuantization transposedStored(StoredQuantization stored, const Shape& shape,
                                    const std::vector<std::size_t>& permutation)
{
    if (stored.axis < 0)
        return stored;
    if (stored.block > 0) {
        const Shape sets = scaleShape(stored, shape);
        stored.scales = transposedSets(stored.scales, sets, permutation);
        stored.zeroPoints = transposedSets(stored.zeroPoints, sets, permutation);
    }
    const auto old = static_cast<std::size_t>(stored.axis);
    stored.axis =
        static_cast<int>(std::find(permutation.begin(), permutation.end(), old) - permutation.begin());
    return stored;
}

/// The axis of `to` with the same length and as many elements before it, if there is one.
std::optional<int> matchingAxis(const Shape& from, int axis, const Shape& to)
{
    const auto before =
        std::accumulate(from.begin(), from.begin() + axis, std::int64_t{1}, std::multiplies<>());
    std::int64_t seen = 1;
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (seen == before && to[i] == from[static_cast<std::size_t>(axis)])
            return static_cast<int>(i);
        seen *= to[i];
    }
    return std::nullopt;
}

} // namespace

std::size_t normalizedAxis(std::int64_t axis, std::size_t rank)
{
    const auto signedRank = static_cast<std::int64_t>(rank);
    if (axis < -signedRank || axis >= signedRank)
        reject("axis " + std::to_string(axis) + " does not fit a tensor of rank " + std::to_string(rank));
    return static_cast<std::size_t>(axis < 0 ? axis + signedRank : axis);
}

Constant transposed(const Constant& in, std::vector<std::int64_t> permutation)
{
    const std::size_t rank = in.tensor.shape.size();
    if (permutation.empty())
        for (std::size_t i = rank; i-- > 0;)
            permutation.push_back(static_cast<std::int64_t>(i));
    std::vector<std::size_t> axes;
    for (const std::int64_t axis : permutation)
        axes.push_back(normalizedAxis(axis, rank));
    auto sorted = axes;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.size() != rank || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
        reject("its permutation does not fit a tensor of rank " + std::to_string(rank));
    const auto strides = stridesOf(in.tensor.shape);
    std::vector<std::vector<std::size_t>> offsets;
    for (const std::size_t axis : axes) {
        auto& list = offsets.emplace_back();
        for (std::int64_t i = 0; i < in.tensor.shape[axis]; ++i)
            list.push_back(static_cast<std::size_t>(i) * strides[axis]);
    }
    Constant out{gathered(in.tensor, offsets), std::nullopt, in.name, in.key};
    if (in.stored)
        out.stored = transposedStored(*in.stored, in.tensor.shape, axes);
    return out;
}

Constant reshaped(const Constant& in, Shape shape)
{
    const std::size_t elements = in.tensor.size();
    const auto unknown = std::find(shape.begin(), shape.end(), -1);
    if (unknown != shape.end()) {
        *unknown = 1;
        const auto rest = elementCount(shape);
        if (!rest || *rest == 0 || elements % *rest != 0)
            reject("its " + std::to_string(elements) + " elements do not fit the new shape");
        *unknown = static_cast<std::int64_t>(elements / *rest);
    }
    if (elementCount(shape) != elements)
        reject("its " + std::to_string(elements) + " elements do not fit the shape " + toText(shape));
    Constant out = in;
    out.tensor.shape = std::move(shape);
    if (in.stored && in.stored->axis >= 0) {
        const auto axis = matchingAxis(in.tensor.shape, in.stored->axis, out.tensor.shape);
        if (!axis)
            reject("reshaping codes across their quantization axis is not supported");
        out.stored->axis = *axis;
    }
    return out;
}

Constant picked(const Constant& in, const std::vector<std::vector<std::int64_t>>& positions)
{
    if (in.stored && in.stored->axis >= 0)
        reject("picking parts of codes with several scales is not supported");
    const auto strides = stridesOf(in.tensor.shape);
    std::vector<std::vector<std::size_t>> offsets;
    for (std::size_t axis = 0; axis < positions.size(); ++axis) {
        auto& list = offsets.emplace_back();
        for (const std::int64_t position : positions[axis]) {
            if (position < 0 || position >= in.tensor.shape[axis])
                reject("index " + std::to_string(position) + " is outside " + toText(in.tensor.shape));
            list.push_back(static_cast<std::size_t>(position) * strides[axis]);
        }
    }
    return {gathered(in.tensor, offsets), in.stored, in.name, in.key};
}

Constant concatenated(std::span<const Constant* const> parts, std::int64_t axis)
{
    const Tensor& first = parts.front()->tensor;
    const std::size_t along = normalizedAxis(axis, first.shape.size());
    Shape shape = first.shape;
    shape[along] = 0;
    for (const Constant* part : parts) {
        Shape expected = part->tensor.shape;
        if (expected.size() != shape.size() || part->tensor.dtype != first.dtype)
            reject("the parts it joins differ in rank or element type");
        shape[along] += expected[along];
        expected[along] = shape[along];
        if (expected != shape)
            reject("the parts it joins do not fit along axis " + std::to_string(along));
        if (part->stored || bitsOf(part->tensor.dtype) < 8)
            reject("joining quantized parts is not supported");
    }
    const auto strides = stridesOf(shape);
    const std::size_t count = elementCount(shape).value_or(0);
    const auto bytes = static_cast<std::size_t>(bitsOf(first.dtype) / 8);
    auto held = std::make_shared<std::vector<std::byte>>();
    held->reserve(count * bytes);
    const std::size_t inner = strides[along] * bytes;
    const std::size_t row = inner * static_cast<std::size_t>(shape[along]);
    for (std::size_t outer = 0; row > 0 && outer < count * bytes / row; ++outer)
        for (const Constant* part : parts) {
            const std::size_t run = inner * static_cast<std::size_t>(part->tensor.shape[along]);
            const auto source = part->tensor.bytes.subspan(outer * run, run);
            held->insert(held->end(), source.begin(), source.end());
        }
    return {{first.dtype, std::move(shape), *held, held}, std::nullopt, {}, {}};
}

Constant castToFloat(const Constant& in)
{
    const DType type = in.tensor.dtype;
    if (in.stored || (!isInteger(type) && type != DType::F64))
        return in;
    std::vector<float> values(in.tensor.size());
    readFloats(in.tensor, 0, values);
    Constant out = in;
    out.tensor = tensorFromFloats(in.tensor.shape, std::move(values));
    return out;
}

} // namespace quantoscope
