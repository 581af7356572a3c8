// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/labels.h"

#include "core/samples/labelrows.h"
#include "core/support/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& where, const std::string& reason)
{
    throw Error(ErrorCode::InvalidArgument, "Labels in '" + where + "': " + reason + ".", where);
}

template <class Number>
std::vector<std::int64_t> widened(const Tensor& tensor)
{
    std::vector<std::int64_t> labels;
    labels.reserve(tensor.size());
    for (std::size_t at = 0; at < tensor.bytes.size(); at += sizeof(Number)) {
        Number number;
        std::memcpy(&number, tensor.bytes.data() + at, sizeof number);
        labels.push_back(static_cast<std::int64_t>(number));
    }
    return labels;
}

std::vector<std::int64_t> integersOf(const Tensor& tensor, const std::string& where)
{
    switch (tensor.dtype) {
    case DType::I8:
        return widened<std::int8_t>(tensor);
    case DType::U8:
        return widened<std::uint8_t>(tensor);
    case DType::I16:
        return widened<std::int16_t>(tensor);
    case DType::U16:
        return widened<std::uint16_t>(tensor);
    case DType::I32:
        return widened<std::int32_t>(tensor);
    case DType::U32:
        return widened<std::uint32_t>(tensor);
    case DType::I64:
        return widened<std::int64_t>(tensor);
    default:
        reject(where, "they are " + std::string(nameOf(tensor.dtype))
                          + ", but classes are integers; store them as int64");
    }
}

std::vector<std::int64_t> fromArchive(const FileEntry& from)
{
    const NamedTensor* found = nullptr;
    const std::vector<NamedTensor> arrays = readNpz(from.file);
    for (const NamedTensor& array : arrays) {
        if (from.entry.empty() ? !isLabelName(array.name) : array.name != from.entry)
            continue;
        if (found)
            reject(from.file.string(), "both '" + found->name + "' and '" + array.name
                                           + "' may be meant; say which as FILE.npz:NAME");
        found = &array;
    }
    if (!found && from.entry.empty() && arrays.size() == 1)
        found = &arrays.front();
    if (!found)
        reject(from.file.string(),
               from.entry.empty()
                   ? "no array is named y, y_…, label… or labels…; say which one holds them as FILE.npz:NAME"
                   : "there is no array '" + from.entry + "'");
    return labelsOf(found->tensor, from.file.string() + ":" + found->name);
}

} // namespace

bool isLabelName(std::string_view name)
{
    constexpr std::array<std::string_view, 3> words = {"y", "label", "labels"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return name == word || (name.starts_with(word) && name.substr(word.size()).starts_with('_'));
    });
}

std::vector<std::int64_t> labelsOf(const Tensor& tensor, const std::string& where)
{
    const Shape& shape = tensor.shape;
    if (shape.empty() || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1))
        reject(where, "their shape is " + toText(shape) + ", but one class for each sample is expected, [N]");
    std::vector<std::int64_t> labels = integersOf(tensor, where);
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] < 0)
            reject(where,
                   "label " + std::to_string(labels[i]) + " of sample " + std::to_string(i) + " is negative");
    return labels;
}

std::vector<std::int64_t> readLabels(const std::string& text, std::size_t count,
                                     std::span<const std::string> sampleNames)
{
    const FileEntry from = fileEntryOf(text);
    const std::string extension = extensionOf(from.file);
    if (extension == ".csv")
        return labelsFromCsv(from.file, sampleNames);
    if (extension != ".npy" && extension != ".npz")
        throw Error(ErrorCode::FileFormat,
                    "Cannot read labels from '" + text
                        + "': a .npy, a .npz, a .csv of rows file,label, or a folder of images per class is "
                          "expected.",
                    text);
    std::vector<std::int64_t> labels =
        extension == ".npz" ? fromArchive(from) : labelsOf(readNpy(from.file), text);
    if (labels.size() != count)
        reject(text,
               "there are " + std::to_string(labels.size()) + ", but " + std::to_string(count) + " samples");
    return labels;
}

void checkLabels(std::span<const std::int64_t> labels, std::size_t classes, const std::string& where)
{
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] < 0 || static_cast<std::uint64_t>(labels[i]) >= classes)
            reject(where, "label " + std::to_string(labels[i]) + " of sample " + std::to_string(i)
                              + " is no class of the network, whose output tells " + std::to_string(classes)
                              + " classes apart, 0 to " + std::to_string(classes - 1));
}

FileEntry fileEntryOf(const std::string& text)
{
    std::error_code ignored;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || std::filesystem::exists(text, ignored)
        || !std::filesystem::is_regular_file(text.substr(0, colon), ignored))
        return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string extensionOf(const std::filesystem::path& path)
{
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

} // namespace quantoscope
