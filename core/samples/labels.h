// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/numpy/npy.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

/// Whether an array of this name in a .npz is labels: "y", "label", "labels" or a name that starts with "y_", "label_" or
/// "labels_". An array with the name of a network input never is.
bool isLabelName(std::string_view name);

/// The class of every sample out of a .npy, a .npz (its only label array; FILE.npz:ENTRY names one) or a CSV of rows
/// `file,label`, with or without a header row, fields quoted where needed (RFC 4180). Rows of a CSV are matched with
/// `sampleNames` ("3/img.png" in a folder of classes) whatever their order; samples without names take no CSV. Integers,
/// 0 and more. Throws Error naming file and row or element: another count, negative, not an integer, a file that is not
/// among the samples, given twice, or missing.
std::vector<std::int64_t> readLabels(const std::string& text, std::size_t count,
                                     std::span<const std::string> sampleNames = {});

/// Integer array [N] or [N,1] as labels. Throws Error naming `where` and the element.
std::vector<std::int64_t> labelsOf(const Tensor& tensor, const std::string& where);

/// Throws Error(InvalidArgument) naming `where`, sample and label when one is not below `classes`, the classes that the
/// network's output tells apart.
void checkLabels(std::span<const std::int64_t> labels, std::size_t classes, const std::string& where);

/// A text `FILE` or `FILE:ENTRY`; a file whose very name holds the colon wins.
struct FileEntry
{
    std::filesystem::path file;
    std::string entry;
};
FileEntry fileEntryOf(const std::string& text);

/// Lower case, with the dot.
std::string extensionOf(const std::filesystem::path& path);

} // namespace quantoscope
