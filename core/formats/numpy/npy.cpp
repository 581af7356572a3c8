// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"

#include "core/formats/atomicfile.h"
#include "core/support/error.h"
#include "core/support/mappedfile.h"

#include <algorithm>

namespace quantoscope {

namespace {

void reverseElements(std::span<std::byte> bytes, std::size_t width)
{
    for (std::size_t i = 0; i + width <= bytes.size(); i += width)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                     bytes.begin() + static_cast<std::ptrdiff_t>(i + width));
}

/// First index fastest → last index fastest.
void copyFromFortran(std::span<const std::byte> in, std::span<std::byte> out, const Shape& shape,
                     std::size_t width)
{
    std::vector<std::size_t> strides(shape.size(), 1);
    for (std::size_t i = 1; i < shape.size(); ++i)
        strides[i] = strides[i - 1] * static_cast<std::size_t>(shape[i - 1]);
    std::vector<std::int64_t> at(shape.size(), 0);
    for (std::size_t to = 0; to < out.size(); to += width) {
        std::size_t from = 0;
        for (std::size_t axis = 0; axis < at.size(); ++axis)
            from += static_cast<std::size_t>(at[axis]) * strides[axis];
        std::copy_n(in.data() + from * width, width, out.data() + to);
        for (std::size_t axis = at.size(); axis-- > 0 && ++at[axis] == shape[axis];)
            at[axis] = 0;
    }
}

} // namespace

Tensor tensorFromNpy(const NpyHeader& header, std::span<const std::byte> data,
                     std::shared_ptr<const void> owner)
{
    const bool reorder = header.fortranOrder && header.shape.size() > 1;
    if (!reorder && !header.bigEndian)
        return {header.dtype, header.shape, data, std::move(owner)};
    const auto width = static_cast<std::size_t>(bitsOf(header.dtype) / 8);
    auto held = std::make_shared<std::vector<std::byte>>(data.begin(), data.end());
    if (reorder)
        copyFromFortran(data, *held, header.shape, width);
    if (header.bigEndian)
        reverseElements(*held, width);
    return {header.dtype, header.shape, *held, held};
}

Tensor readNpy(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    const auto fail = [&](ErrorCode code, const std::string& reason) {
        throw Error(code, "Cannot read '" + path.string() + "': " + reason + ".", path.string());
    };
    NpyHeader header;
    try {
        header = parseNpyHeader(file->bytes());
    } catch (const Error& error) {
        fail(error.code(), file->bytes().empty() ? "the file is empty" : error.what());
    }
    const auto data = file->bytes().subspan(header.dataOffset);
    if (data.size() != header.dataBytes)
        fail(ErrorCode::FileFormat, toText(header.shape) + " elements of " + std::string(nameOf(header.dtype))
                                        + " take " + std::to_string(header.dataBytes)
                                        + " bytes, but the file holds " + std::to_string(data.size()));
    return tensorFromNpy(header, data, file);
}

void writeNpy(const std::filesystem::path& path, const Tensor& tensor)
{
    const std::string header = npyHeaderText(tensor.dtype, tensor.shape);
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(header)));
    file.write(tensor.bytes);
    file.commit();
}

} // namespace quantoscope
