// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/zipfile.h"

#include "core/support/error.h"
#include "core/support/mappedfile.h"

#include <algorithm>
#include <zip.h>

namespace quantoscope {

namespace {

std::string openErrorText(int code)
{
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return text;
}

} // namespace

void ZipEntry::Close::operator()(zip_file* file) const { zip_fclose(file); }

void ZipEntry::readExactly(std::span<std::byte> out)
{
    while (!out.empty()) {
        const zip_int64_t got = zip_fread(m_file.get(), out.data(), out.size());
        if (got < 0)
            throw Error(ErrorCode::FileFormat,
                        std::string("its compressed data is damaged: ") + zip_file_strerror(m_file.get()));
        if (got == 0)
            throw Error(ErrorCode::FileFormat, "it ends " + std::to_string(out.size()) + " bytes early");
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

void ZipEntry::appendExactly(std::vector<std::byte>& bytes, std::size_t total)
{
    constexpr std::size_t step = std::size_t{16} << 20;
    while (bytes.size() < total) {
        const std::size_t old = bytes.size();
        // Grow in steps at first: an entry that lies about its size costs one step. Then at once.
        if (old >= 4 * step)
            bytes.reserve(total);
        bytes.resize(std::min(total, old + step));
        readExactly(std::span(bytes).subspan(old));
    }
    std::byte beyond{};
    if (zip_fread(m_file.get(), &beyond, 1) != 0) // also compares the checksum
        throw Error(ErrorCode::FileFormat, "its data is longer than announced or damaged");
}

ZipFile::ZipFile(const std::filesystem::path& path)
{
    m_fileBytes = MappedFile::open(path)->bytes().size(); // says clearly what is not a file
    int code = 0;
    m_zip = m_fileBytes > 0 ? zip_open(path.c_str(), ZIP_RDONLY, &code) : nullptr;
    if (!m_zip)
        throw Error(ErrorCode::FileFormat,
                    "Cannot read '" + path.string() + "' (" + std::to_string(m_fileBytes)
                        + " bytes) as a zip archive: "
                        + (m_fileBytes > 0 ? openErrorText(code) : "the file is empty") + ".",
                    path.string());
    const zip_int64_t count = zip_get_num_entries(m_zip, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
        zip_stat_t status;
        zip_stat_init(&status);
        if (zip_stat_index(m_zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW, &status) == 0
            && (status.valid & ZIP_STAT_SIZE) && (status.valid & ZIP_STAT_NAME))
            m_entries.push_back({status.name, status.size});
        else
            m_entries.push_back({"entry " + std::to_string(i), 0});
    }
}

ZipFile::~ZipFile()
{
    if (m_zip)
        zip_discard(m_zip);
}

ZipEntry ZipFile::open(std::size_t index)
{
    zip_file_t* file = zip_fopen_index(m_zip, index, 0);
    if (!file)
        throw Error(ErrorCode::FileFormat, std::string("it cannot be opened: ") + zip_strerror(m_zip));
    return {file};
}

ZipWriter::ZipWriter(const std::filesystem::path& path) : m_path(path.string())
{
    int code = 0;
    m_zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (!m_zip)
        throw Error(ErrorCode::WriteFailed, "Cannot write '" + m_path + "': " + openErrorText(code) + ".",
                    m_path);
}

ZipWriter::~ZipWriter()
{
    if (m_zip)
        zip_discard(m_zip);
}

void ZipWriter::add(const std::string& name, std::vector<std::byte> bytes)
{
    m_held.push_back(std::move(bytes));
    zip_source_t* source = zip_source_buffer(m_zip, m_held.back().data(), m_held.back().size(), 0);
    const zip_int64_t index = source ? zip_file_add(m_zip, name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        if (source)
            zip_source_free(source);
        throw Error(ErrorCode::WriteFailed,
                    "Cannot write '" + name + "' to '" + m_path + "': " + zip_strerror(m_zip) + ".", m_path);
    }
    zip_set_file_compression(m_zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
}

void ZipWriter::close()
{
    if (zip_close(m_zip) != 0)
        throw Error(ErrorCode::WriteFailed, "Cannot write '" + m_path + "': " + zip_strerror(m_zip) + ".",
                    m_path);
    m_zip = nullptr;
}

bool isZip(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    return bytes.size() >= 4 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'};
}

} // namespace quantoscope
