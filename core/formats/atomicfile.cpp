// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/atomicfile.h"

#include "core/support/error.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace quantoscope {

namespace {

[[noreturn]] void failWrite(const std::filesystem::path& target, const std::string& reason)
{
    throw Error(ErrorCode::WriteFailed, "Cannot write '" + target.string() + "': " + reason + ".",
                target.string());
}

} // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target) : m_target(target)
{
    static std::atomic<unsigned> counter{0};
    m_temporary = target;
    m_temporary += ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    m_stream.open(m_temporary, std::ios::binary | std::ios::trunc);
    if (!m_stream)
        failWrite(m_target, std::strerror(errno));
}

AtomicFile::~AtomicFile()
{
    if (m_committed)
        return;
    m_stream.close();
    std::error_code ignored;
    std::filesystem::remove(m_temporary, ignored);
}

void AtomicFile::write(std::span<const std::byte> bytes)
{
    m_stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void AtomicFile::commit()
{
    m_stream.close();
    if (m_stream.fail())
        failWrite(m_target, "the disk may be full");
    std::error_code error;
    std::filesystem::rename(m_temporary, m_target, error);
    if (error)
        failWrite(m_target, error.message());
    m_committed = true;
}

} // namespace quantoscope
