// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/hardware.h"

#include "core/support/vectortarget.h"

#include <tbb/info.h>

#include <array>
#include <cstring>
#include <fstream>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace quantoscope {

namespace {

std::string plainName(const std::string& target)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> names = {{
        {"AVX3_DL", "avx512-vnni"}, // this target's definition includes VNNI
        {"AVX3", "avx512"},
        {"AVX2", "avx2"},
        {"SSE4", "sse4"},
        {"SSSE3", "ssse3"},
        {"SVE2", "sve2"},
        {"SVE2_128", "sve2"},
        {"SVE", "sve"},
        {"NEON", "neon"},
        {"EMU128", "scalar"},
        {"SCALAR", "scalar"},
    }};
    for (const auto& [library, plain] : names) {
        if (library == target)
            return std::string(plain);
    }
    return target;
}

#if defined(__x86_64__)
std::string brandString()
{
    std::array<unsigned, 12> words{};
    for (unsigned leaf = 0; leaf < 3; ++leaf) {
        unsigned* out = words.data() + 4 * leaf;
        if (!__get_cpuid(0x80000002U + leaf, out, out + 1, out + 2, out + 3))
            return {};
    }
    std::array<char, sizeof(words) + 1> text{};
    std::memcpy(text.data(), words.data(), sizeof(words));
    return text.data();
}
#else
std::string brandString()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const auto colon = line.find(':');
        const bool names = line.starts_with("model name") || line.starts_with("Model");
        if (names && colon != std::string::npos)
            return line.substr(colon + 1);
    }
    return {};
}
#endif

} // namespace

std::vector<InstructionSet> instructionSets()
{
    const std::string used = vectorTarget();
    std::vector<InstructionSet> sets;
    for (const std::string& target : vectorTargets())
        sets.push_back({plainName(target), target, target == used});
    return sets;
}

InstructionSet usedInstructionSet()
{
    const std::string used = vectorTarget();
    return {plainName(used), used, true};
}

std::vector<std::string_view> cpuFeatures()
{
    std::vector<std::string_view> features;
    const auto add = [&](bool present, std::string_view name) {
        if (present)
            features.push_back(name);
    };
#if defined(__x86_64__)
    __builtin_cpu_init();
    add(__builtin_cpu_supports("sse4.2"), "sse4.2");
    add(__builtin_cpu_supports("avx2"), "avx2");
    add(__builtin_cpu_supports("fma"), "fma");
    add(__builtin_cpu_supports("f16c"), "f16c");
    add(__builtin_cpu_supports("avxvnni"), "avx-vnni");
    add(__builtin_cpu_supports("avx512f"), "avx512f");
    add(__builtin_cpu_supports("avx512bw"), "avx512bw");
    add(__builtin_cpu_supports("avx512vl"), "avx512vl");
    add(__builtin_cpu_supports("avx512vbmi"), "avx512-vbmi");
    add(__builtin_cpu_supports("avx512vpopcntdq"), "avx512-vpopcntdq");
    add(__builtin_cpu_supports("avx512vnni"), "avx512-vnni");
    add(__builtin_cpu_supports("avx512bf16"), "avx512-bf16");
    add(__builtin_cpu_supports("avx512fp16"), "avx512-fp16");
    add(__builtin_cpu_supports("gfni"), "gfni");
    add(__builtin_cpu_supports("amx-int8"), "amx-int8");
    add(__builtin_cpu_supports("amx-bf16"), "amx-bf16");
#elif defined(__aarch64__) && defined(__linux__)
    const unsigned long first = getauxval(AT_HWCAP);
    const unsigned long second = getauxval(AT_HWCAP2);
    add((first & HWCAP_ASIMD) != 0, "neon");
    add((first & HWCAP_ASIMDHP) != 0, "fp16");
    add((first & HWCAP_ASIMDDP) != 0, "dotprod");
    add((first & HWCAP_SVE) != 0, "sve");
    add((second & HWCAP2_I8MM) != 0, "i8mm");
    add((second & HWCAP2_BF16) != 0, "bf16");
#endif
    return features;
}

std::string cpuName()
{
    const std::string text = brandString();
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string::npos)
        return "unknown";
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

int threadCount() { return tbb::info::default_concurrency(); }

} // namespace quantoscope
