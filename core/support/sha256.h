// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

struct sha256_ctx;

namespace quantoscope {

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
class Sha256
{
public:
    using Digest = std::array<std::uint8_t, 32>;

    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::span<const std::byte> bytes);
    /// Of everything added since the start or the last call, then starts anew.
    Digest digest();

private:
    std::unique_ptr<sha256_ctx> m_state;
};

/// 64 lower-case hexadecimal digits. Throws Cancelled.
std::string sha256(std::span<const std::byte> bytes, std::stop_token stop = {});

/// Of a file's bytes. Throws Error as MappedFile::open.
std::string sha256OfFile(const std::filesystem::path& path, std::stop_token stop = {});

} // namespace quantoscope
