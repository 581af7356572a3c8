// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/quantizedconstants.h"

#include "core/formats/onnx/constantops.h"
#include "core/support/error.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::FileFormat, reason); }

bool isFloat8(DType type) { return type == DType::F8E4M3 || type == DType::F8E5M2; }

bool isSignedCode(DType type)
{
    return type == DType::I8 || type == DType::I16 || type == DType::I32 || type == DType::I4
           || type == DType::I2 || isFloat8(type);
}

std::vector<float> floatList(const Constant& constant)
{
    std::vector<float> values(constant.tensor.size());
    readFloats(constant.tensor, 0, values);
    return values;
}

std::vector<std::int32_t> integerList(const Constant& constant)
{
    std::vector<std::int32_t> integers;
    for (const float value : floatList(constant)) {
        // A float holds every zero point of up to 24 bits; fractions come from float zero points.
        if (value != std::floor(value) || std::abs(value) > 16777216.0f)
            reject("its zero point " + std::to_string(value) + " is not an integer");
        integers.push_back(static_cast<std::int32_t>(value));
    }
    return integers;
}

/// How many sets the scale tensor must have; sets the axis (-1 for a single one).
std::size_t expectedSets(StoredQuantization& stored, const Shape& shape, std::size_t given)
{
    if (given == 1 && stored.block == 0) {
        stored.axis = -1;
        return 1;
    }
    Shape sets = shape;
    auto& along = sets[static_cast<std::size_t>(stored.axis)];
    if (stored.block == 0)
        return static_cast<std::size_t>(along);
    along = along / stored.block + (along % stored.block != 0);
    return elementCount(sets).value_or(0);
}

void checkCodeType(DType type)
{
    const bool integer = isInteger(type) && type != DType::Bool && bitsOf(type) <= 32;
    if (!integer && !isFloat8(type))
        reject("codes of type " + std::string(nameOf(type)) + " are not supported");
}

} // namespace

Constant quantizedConstant(const Constant& codes, const CodeParameters& parameters)
{
    if (codes.stored)
        reject("its codes are dequantized twice");
    const DType type = codes.tensor.dtype;
    const Shape& shape = codes.tensor.shape;
    checkCodeType(type);
    StoredQuantization stored;
    stored.op = parameters.op;
    stored.bits = bitsOf(type);
    stored.isSigned = isSignedCode(type);
    stored.isFloat = isFloat8(type);
    stored.block = parameters.block;
    if (parameters.block < 0)
        reject("its block size " + std::to_string(parameters.block) + " is negative");
    const std::size_t given = parameters.scale ? parameters.scale->tensor.size() : 1;
    if (given != 1 || parameters.block > 0)
        stored.axis = static_cast<int>(normalizedAxis(parameters.axis, shape.size()));
    const std::size_t sets = expectedSets(stored, shape, given);
    if (given != sets)
        reject("it has " + std::to_string(given) + " scales, but codes of shape " + toText(shape) + " take "
               + std::to_string(sets) + " along axis " + std::to_string(stored.axis));
    if (parameters.scale)
        stored.scales = floatList(*parameters.scale);
    if (parameters.zeroPoint && !stored.isFloat) {
        stored.zeroPoints = integerList(*parameters.zeroPoint);
        if (!parameters.scale && stored.zeroPoints.size() > 1)
            stored.axis = static_cast<int>(normalizedAxis(parameters.axis, shape.size()));
        const std::size_t wanted =
            stored.axis >= 0 && !parameters.scale
                ? static_cast<std::size_t>(shape[static_cast<std::size_t>(stored.axis)])
                : sets;
        if (stored.zeroPoints.size() != wanted && stored.zeroPoints.size() != 1)
            reject("it has " + std::to_string(stored.zeroPoints.size()) + " zero points for "
                   + std::to_string(wanted) + " scales");
    }
    Constant out = codes;
    out.stored = std::move(stored);
    return out;
}

namespace {

/// Unpacks `count` codes of `bits` bits that start at `bytes`, low bits first.
template <class T>
void unpack(std::span<const std::byte> bytes, std::size_t bits, std::span<T> out)
{
    const std::size_t perByte = 8 / bits;
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<T>((std::to_integer<unsigned>(bytes[i / perByte]) >> (i % perByte * bits))
                                & ((1u << bits) - 1));
}

std::vector<std::int32_t> blockedZeroPoints(const BlockedMatMul& layout, std::size_t blocks)
{
    const auto rows = static_cast<std::size_t>(layout.rows);
    const auto bits = static_cast<std::size_t>(layout.bits);
    if (!layout.zeroPoint)
        return {1 << (bits - 1)};
    const Tensor& packed = layout.zeroPoint->tensor;
    if (!isInteger(packed.dtype)) {
        auto zeroPoints = integerList(*layout.zeroPoint);
        if (zeroPoints.size() != rows * blocks)
            reject("it has " + std::to_string(zeroPoints.size()) + " zero points for "
                   + std::to_string(rows * blocks) + " blocks");
        return zeroPoints;
    }
    const std::size_t rowBytes = (blocks * bits + 7) / 8;
    if (packed.bytes.size() != rows * rowBytes)
        reject("its packed zero points take " + std::to_string(packed.bytes.size()) + " bytes, but "
               + std::to_string(rows * rowBytes) + " are needed");
    std::vector<std::int32_t> zeroPoints(rows * blocks);
    for (std::size_t row = 0; row < rows; ++row)
        unpack(packed.bytes.subspan(row * rowBytes, rowBytes), bits,
               std::span(zeroPoints).subspan(row * blocks, blocks));
    return zeroPoints;
}

/// Rows of whole blocks → rows of K codes, packed without gaps.
Tensor withoutTails(const Tensor& blob, DType type, const BlockedMatMul& layout, std::size_t rowBytes)
{
    const auto rows = static_cast<std::size_t>(layout.rows);
    const auto columns = static_cast<std::size_t>(layout.columns);
    const auto bits = static_cast<std::size_t>(layout.bits);
    auto held = std::make_shared<std::vector<std::byte>>(packedBytes(type, rows * columns));
    std::vector<std::uint8_t> codes(columns);
    for (std::size_t row = 0; row < rows; ++row) {
        unpack(blob.bytes.subspan(row * rowBytes, rowBytes), bits, std::span(codes));
        for (std::size_t i = 0; i < columns; ++i) {
            const std::size_t bit = (row * columns + i) * bits;
            (*held)[bit / 8] |= static_cast<std::byte>(codes[i] << (bit % 8));
        }
    }
    return {type, {layout.rows, layout.columns}, *held, held};
}

} // namespace

Constant blockedConstant(const Constant& blob, const BlockedMatMul& layout)
{
    const std::int64_t bits = layout.bits;
    if (bits != 2 && bits != 4 && bits != 8)
        reject(std::to_string(bits) + "-bit codes of MatMulNBits are not supported");
    if (layout.block < 16 || layout.block > (1 << 20) || layout.rows < 1 || layout.columns < 1
        || !elementCount({layout.rows, layout.columns}))
        reject("its attributes N=" + std::to_string(layout.rows) + ", K=" + std::to_string(layout.columns)
               + ", block_size=" + std::to_string(layout.block) + " are not valid");
    const auto blocks = static_cast<std::size_t>((layout.columns + layout.block - 1) / layout.block);
    const auto rows = static_cast<std::size_t>(layout.rows);
    const std::size_t rowBytes = blocks * static_cast<std::size_t>(layout.block * bits / 8);
    if (blob.tensor.bytes.size() / rowBytes != rows || blob.tensor.bytes.size() % rowBytes != 0)
        reject("it holds " + std::to_string(blob.tensor.bytes.size()) + " bytes of codes, but "
               + std::to_string(rows) + " rows of " + std::to_string(rowBytes) + " are needed");
    if (!layout.scale || layout.scale->tensor.size() != rows * blocks)
        reject("it needs " + std::to_string(rows * blocks) + " scales, one per block");

    const DType type = bits == 2 ? DType::U2 : bits == 4 ? DType::U4 : DType::U8;
    Constant out{blob.tensor, StoredQuantization{}, blob.name, blob.key};
    out.stored->op = "MatMulNBits";
    out.stored->bits = static_cast<int>(bits);
    out.stored->isSigned = false;
    out.stored->axis = 1;
    out.stored->block = layout.block;
    out.stored->scales = floatList(*layout.scale);
    out.stored->zeroPoints = blockedZeroPoints(layout, blocks);
    if (static_cast<std::size_t>(layout.columns) % static_cast<std::size_t>(layout.block) == 0) {
        out.tensor.dtype = type;
        out.tensor.shape = {layout.rows, layout.columns};
    } else {
        out.tensor = withoutTails(blob.tensor, type, layout, rowBytes);
    }
    return out;
}

} // namespace quantoscope
