// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/sha256.h"

#include "core/support/mappedfile.h"
#include "core/support/progress.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>

namespace quantoscope {

std::string sha256(std::span<const std::byte> bytes, std::stop_token stop)
{
    constexpr std::size_t chunk = std::size_t{1} << 20;
    sha256_ctx state;
    sha256_init(&state);
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
        throwIfStopped(stop);
        const std::size_t count = std::min(chunk, bytes.size() - at);
        sha256_update(&state, count, reinterpret_cast<const std::uint8_t*>(bytes.data() + at));
    }
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
    sha256_digest(&state, digest.size(), digest.data());

    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string sha256OfFile(const std::filesystem::path& path, std::stop_token stop)
{
    return sha256(MappedFile::open(path)->bytes(), stop);
}

} // namespace quantoscope
