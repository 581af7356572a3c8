// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/sha256.h"

#include "core/support/mappedfile.h"
#include "core/support/progress.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <string_view>

namespace quantoscope {

Sha256::Sha256() : m_state(std::make_unique<sha256_ctx>()) { sha256_init(m_state.get()); }

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes)
{
    sha256_update(m_state.get(), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

Sha256::Digest Sha256::digest()
{
    static_assert(std::tuple_size_v<Digest> == SHA256_DIGEST_SIZE);
    Digest digest;
    sha256_digest(m_state.get(), digest.size(), digest.data());
    return digest;
}

std::string sha256(std::span<const std::byte> bytes, std::stop_token stop)
{
    constexpr std::size_t chunk = std::size_t{1} << 20;
    Sha256 state;
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
        throwIfStopped(stop);
        state.add(bytes.subspan(at, std::min(chunk, bytes.size() - at)));
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : state.digest()) {
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
