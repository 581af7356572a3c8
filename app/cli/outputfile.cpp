// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/outputfile.h"

#include "app/cli/interrupt.h"
#include "core/formats/atomicfile.h"
#include "core/support/error.h"

#include <fstream>

#include <unistd.h>

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

void requireWritable(const std::filesystem::path& path)
{
    const auto fail = [&path](const std::string& why) {
        throw Error(ErrorCode::WriteFailed, "Cannot write '" + path.string() + "': " + why + ".",
                    path.string());
    };
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    if (std::filesystem::is_directory(status))
        fail("it is a directory");
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return; // a device or a pipe
    const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
    if (!std::filesystem::is_directory(parent, ignored))
        fail("there is no folder '" + parent.string() + "'");
    if (::access(parent.c_str(), W_OK) != 0)
        fail("the folder '" + parent.string() + "' is not writable");
}

} // namespace quantoscope
