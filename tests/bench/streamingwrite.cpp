// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include <algorithm>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace quantoscope::bench {

void streamingWrite(std::span<float> values)
{
#if defined(__SSE2__)
    std::size_t i = 0;
    for (; i < values.size() && reinterpret_cast<std::uintptr_t>(values.data() + i) % 16 != 0; ++i)
        values[i] = 1;
    for (; i + 4 <= values.size(); i += 4)
        _mm_stream_ps(values.data() + i, _mm_set1_ps(1));
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(i), values.end(), 1.0f);
    _mm_sfence();
#else
    std::fill(values.begin(), values.end(), 1.0f);
#endif
    benchmark::ClobberMemory();
}

} // namespace quantoscope::bench
