// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/kernels/check.h"

#include "core/kernels/timing/registerloops.h"

#include <numeric>
#include <random>

namespace quantoscope::test {

/// The loops that limits are measured with: each runs on its instruction set, and the streaming read reads every word once.
void checkTiming(Isa isa, Failures& failures)
{
    for (const Arithmetic arithmetic :
         {Arithmetic::Int8, Arithmetic::Int16, Arithmetic::Binary, Arithmetic::Float}) {
        const RegisterLoop loop = registerLoop(isa, arithmetic);
        loop.run();
        failures.expect(loop.macs > 0 && !loop.name.empty(),
                        "arithmetic " + std::to_string(static_cast<int>(arithmetic)) + " counts nothing");
    }
    const bool quads = registerLoop(isa, Arithmetic::Int8).name == "vpdpbusd";
    failures.expect(quads == (isa == Isa::Avx512Vnni), "int8 is measured by vpdpbusd where it is there");

    std::mt19937_64 random(7);
    std::vector<std::uint64_t> words(300);
    for (std::uint64_t& word : words)
        word = random();
    for (std::size_t first = 0; first < 9; ++first)
        for (std::size_t count = 0; count + first <= words.size(); count += 1 + count / 8) {
            const std::span<const std::uint64_t> part(words.data() + first, count);
            failures.expect(streamingSum(isa, part)
                                == std::accumulate(part.begin(), part.end(), std::uint64_t{0}),
                            "sum of " + std::to_string(count) + " words from word " + std::to_string(first));
        }
}

} // namespace quantoscope::test
