// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/support/mappedfile.h"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>

namespace quantoscope {

/// The side files of one model, mapped on first use and shared by all their tensors.
class ExternalData
{
public:
    /// `folder`: the folder of the model; nothing outside it is opened.
    explicit ExternalData(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    struct Range
    {
        std::span<const std::byte> bytes;
        std::shared_ptr<const MappedFile> file;
    };

    /// The bytes that the tensor's `external_data` entries point at: `expected` bytes of them. Throws
    /// Error when an entry is missing, points outside the folder or past the end of the file, or names
    /// another length.
    Range bytesOf(const onnx::TensorProto& tensor, std::size_t expected);

    /// Bytes of all side files opened so far.
    std::uint64_t fileBytes() const;

private:
    std::shared_ptr<const MappedFile> open(const std::string& location);

    std::filesystem::path m_folder;
    std::map<std::filesystem::path, std::shared_ptr<const MappedFile>> m_files;
};

} // namespace quantoscope
