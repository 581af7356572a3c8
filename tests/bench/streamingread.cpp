// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

namespace quantoscope::bench {

// From an aligned address on, like the engine. Several sums, so that no addition waits for the one before;
// the compiler makes vectors of them. The prefetch lets the read run on where the processor's own prefetching
// stops for a page.
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
std::uint64_t
streamingRead(std::span<const std::uint64_t> words)
{
    constexpr std::size_t lanes = 32;
    std::uint64_t sums[lanes] = {};
    std::uint64_t sum = 0;
    std::size_t i = 0;
    for (; i < words.size() && reinterpret_cast<std::uintptr_t>(words.data() + i) % 64 != 0; ++i)
        sum += words[i];
    for (; i + lanes <= words.size(); i += lanes) {
        for (std::size_t line = 0; line < lanes; line += 8)
            __builtin_prefetch(words.data() + i + line + 512);
        for (std::size_t lane = 0; lane < lanes; ++lane)
            sums[lane] += words[i + lane];
    }
    for (; i < words.size(); ++i)
        sum += words[i];
    for (const std::uint64_t part : sums)
        sum += part;
    return sum;
}

} // namespace quantoscope::bench
