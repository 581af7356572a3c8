// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>

namespace quantoscope {

/// A file that appears whole or not at all: written under a temporary name beside the target and renamed by
/// commit(); removed when commit() was not reached. Throws Error (WriteFailed) naming the target.
class AtomicFile
{
public:
    explicit AtomicFile(const std::filesystem::path& target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// For writers that open the file themselves instead of calling write().
    const std::filesystem::path& temporaryPath() const { return m_temporary; }
    void write(std::span<const std::byte> bytes);
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
    std::ofstream m_stream;
    bool m_committed = false;
};

} // namespace quantoscope
