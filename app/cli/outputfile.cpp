// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/outputfile.h"

#include "app/cli/interrupt.h"
#include "core/formats/atomicfile.h"
#include "core/support/error.h"

#include <fstream>

namespace quantoscope {

namespace {

void writeDirectly(const std::filesystem::path& path, std::span<const std::byte> bytes)
{
    std::ofstream stream(path, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (stream.fail())
        throw Error(ErrorCode::WriteFailed, "Cannot write '" + path.string() + "'.", path.string());
}

} // namespace

void writeOutput(const std::filesystem::path& path, std::span<const std::byte> bytes)
{
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    if (std::filesystem::is_directory(status))
        throw Error(ErrorCode::WriteFailed, "Cannot write '" + path.string() + "': it is a directory.",
                    path.string());
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        writeDirectly(path, bytes);
        return;
    }
    const FileWriting writing;
    AtomicFile file(path);
    file.write(bytes);
    file.commit();
}

void writeOutput(const std::filesystem::path& path, std::string_view text)
{
    writeOutput(path, std::as_bytes(std::span(text)));
}

} // namespace quantoscope
