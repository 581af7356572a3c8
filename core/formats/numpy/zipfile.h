// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct zip;
struct zip_file;

namespace quantoscope {

/// One entry being decompressed.
class ZipEntry
{
public:
    ZipEntry(zip_file* file) : m_file(file) {}

    /// Fills `out`; throws Error (FileFormat) when the entry ends before or its checksum is wrong.
    void readExactly(std::span<std::byte> out);

    /// Appends until `bytes` has `total` bytes, growing as data arrives.
    void appendExactly(std::vector<std::byte>& bytes, std::size_t total);

private:
    struct Close
    {
        void operator()(zip_file* file) const;
    };
    std::unique_ptr<zip_file, Close> m_file;
};

/// A zip archive opened for reading. Throws Error naming the file.
class ZipFile
{
public:
    explicit ZipFile(const std::filesystem::path& path);
    ~ZipFile();
    ZipFile(const ZipFile&) = delete;
    ZipFile& operator=(const ZipFile&) = delete;

    std::uint64_t fileBytes() const { return m_fileBytes; }
    std::size_t count() const { return m_entries.size(); }
    const std::string& name(std::size_t index) const { return m_entries.at(index).name; }
    std::uint64_t size(std::size_t index) const { return m_entries.at(index).bytes; }
    ZipEntry open(std::size_t index);

private:
    struct Entry
    {
        std::string name;
        std::uint64_t bytes = 0; ///< decompressed, as the directory claims
    };
    zip* m_zip = nullptr;
    std::uint64_t m_fileBytes = 0;
    std::vector<Entry> m_entries;
};

/// A zip archive being written, entries stored without compression.
class ZipWriter
{
public:
    explicit ZipWriter(const std::filesystem::path& path);
    ~ZipWriter();
    ZipWriter(const ZipWriter&) = delete;
    ZipWriter& operator=(const ZipWriter&) = delete;

    void add(const std::string& name, std::vector<std::byte> bytes);
    void close(); ///< writes the file; throws Error (WriteFailed)

private:
    zip* m_zip = nullptr;
    std::string m_path;
    std::vector<std::vector<std::byte>> m_held; ///< libzip reads the bytes when it closes
};

/// Whether the file starts like a zip archive.
bool isZip(const std::filesystem::path& path);

} // namespace quantoscope
