// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/externaldata.h"

#include "core/formats/utf8.h"
#include "core/support/error.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace quantoscope {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void reject(const std::string& reason) { throw Error(ErrorCode::FileFormat, reason); }

std::uint64_t parseNumber(const std::string& key, const std::string& text)
{
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end)
        reject("external data " + key + " '" + validUtf8(text) + "' is not a number");
    return value;
}

bool isInside(const fs::path& file, const fs::path& folder)
{
    const auto [inFolder, inFile] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return inFolder == folder.end() && inFile != file.end();
}

} // namespace

std::shared_ptr<const MappedFile> ExternalData::open(const std::string& location)
{
    const fs::path relative(location);
    const std::string shown = validUtf8(location);
    if (location.empty())
        reject("external data without a file name");
    if (relative.is_absolute()
        || std::find(relative.begin(), relative.end(), fs::path("..")) != relative.end())
        reject("external data file '" + shown + "' lies outside the model's folder; not opened");
    std::error_code error;
    const fs::path folder = fs::canonical(m_folder.empty() ? fs::path(".") : m_folder, error);
    if (error)
        reject("the model's folder cannot be resolved: " + error.message());
    const fs::path file = fs::weakly_canonical(folder / relative, error);
    if (error)
        reject("external data file '" + shown + "' cannot be resolved: " + error.message());
    if (!isInside(file, folder))
        reject("external data file '" + shown
               + "' is a link to a place outside the model's folder; not opened");
    auto& mapped = m_files[file];
    if (!mapped) {
        try {
            mapped = MappedFile::open(file);
        } catch (const Error& failure) {
            m_files.erase(file);
            if (failure.code() == ErrorCode::FileNotFound)
                reject("external data file '" + shown + "' is missing");
            throw;
        }
    }
    return mapped;
}

ExternalData::Range ExternalData::bytesOf(const onnx::TensorProto& tensor, std::size_t expected)
{
    std::string location;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location")
            location = entry.value();
        else if (entry.key() == "offset")
            offset = parseNumber("offset", entry.value());
        else if (entry.key() == "length")
            length = parseNumber("length", entry.value());
    }
    if (length && *length != expected)
        reject("external data length " + std::to_string(*length) + ", but its shape takes "
               + std::to_string(expected) + " bytes");
    auto file = open(location);
    const std::size_t size = file->bytes().size();
    if (offset > size || expected > size - offset)
        reject("external data needs " + std::to_string(expected) + " bytes at offset "
               + std::to_string(offset) + ", but '" + validUtf8(location) + "' has " + std::to_string(size));
    return {file->bytes().subspan(static_cast<std::size_t>(offset), expected), file};
}

std::uint64_t ExternalData::fileBytes() const
{
    std::uint64_t total = 0;
    for (const auto& [path, file] : m_files)
        total += file->bytes().size();
    return total;
}

} // namespace quantoscope
