// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/mappedfile.h"

#include "core/support/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace quantoscope {

namespace {

[[noreturn]] void failOpen(const std::filesystem::path& path, int error)
{
    const auto code = error == ENOENT ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable;
    throw Error(code, "Cannot open '" + path.string() + "': " + std::strerror(error) + ".", path.string());
}

struct Descriptor
{
    int fd;
    ~Descriptor() { ::close(fd); }
};

} // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path)
{
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        failOpen(path, errno);
    const Descriptor descriptor{fd};
    struct stat status = {};
    if (::fstat(fd, &status) != 0)
        failOpen(path, errno);
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorCode::FileUnreadable,
                    "Cannot open '" + path.string() + "': it is not a regular file.", path.string());
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) // mmap refuses an empty range
        return std::shared_ptr<const MappedFile>(new MappedFile({}));
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        failOpen(path, errno);
    return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(data), size}));
}

MappedFile::~MappedFile()
{
    if (!m_bytes.empty())
        ::munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
}

} // namespace quantoscope
