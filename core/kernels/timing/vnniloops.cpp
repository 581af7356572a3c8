// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/timing/registerloops.h"

namespace quantoscope {

RegisterLoop vnniLoop(Arithmetic arithmetic);

} // namespace quantoscope

#if defined(__x86_64__)

#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,avx512bitalg,avx512vpopcntdq")

namespace quantoscope {

namespace {

constexpr int iterations = 20'000;
constexpr int accumulators = 16; // more than latency times instructions a cycle

struct Quads
{
    static __m512i add(__m512i sum, __m512i a, __m512i b) { return _mm512_dpbusd_epi32(sum, a, b); }
};

struct Pairs
{
    static __m512i add(__m512i sum, __m512i a, __m512i b) { return _mm512_dpwssd_epi32(sum, a, b); }
};

struct Bits
{
    static __m512i add(__m512i sum, __m512i a, __m512i b)
    {
        return _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(a, b)));
    }
};

template <typename Op>
void loop()
{
    __m512i sums[accumulators];
    for (int i = 0; i < accumulators; ++i)
        sums[i] = _mm512_set1_epi32(i);
    __m512i a = _mm512_set1_epi8(1);
    __m512i b = _mm512_set1_epi8(2);
    for (int i = 0; i < iterations; ++i) {
        for (__m512i& sum : sums) {
            asm volatile("" : "+v"(a), "+v"(b)); // or what does not change is computed only once
            sum = Op::add(sum, a, b);
        }
    }
    for (const __m512i& sum : sums)
        asm volatile("" : : "v"(sum)); // wanted, as far as the compiler knows
}

} // namespace

RegisterLoop vnniLoop(Arithmetic arithmetic)
{
    constexpr double calls = double{iterations} * accumulators;
    switch (arithmetic) {
    case Arithmetic::Binary:
        return {"vpxorq, vpopcntq, vpaddq", 512 * calls, loop<Bits>};
    case Arithmetic::Int16:
        return {"vpdpwssd", 32 * calls, loop<Pairs>};
    default:
        return {"vpdpbusd", 64 * calls, loop<Quads>};
    }
}

} // namespace quantoscope

#pragma GCC pop_options

#else

namespace quantoscope {

RegisterLoop vnniLoop(Arithmetic) { return {}; } // never asked for: no such processor

} // namespace quantoscope

#endif
