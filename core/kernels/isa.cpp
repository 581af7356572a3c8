// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"

#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <array>

namespace quantoscope {

namespace {

constexpr std::array<std::string_view, 6> names = {"scalar", "neon", "sse4", "avx2", "avx512", "avx512-vnni"};

#if defined(__x86_64__)
bool processorHas(Isa isa)
{
    __builtin_cpu_init();
    const auto avx2 = [] {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
               && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")
               && __builtin_cpu_supports("f16c");
    };
    const auto avx512 = [&] {
        return avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
               && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    };
    switch (isa) {
    case Isa::Scalar:
        return true;
    case Isa::Neon:
        return false;
    case Isa::Sse4:
        return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("ssse3");
    case Isa::Avx2:
        return avx2();
    case Isa::Avx512:
        return avx512();
    case Isa::Avx512Vnni:
        return avx512() && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi")
               && __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vpopcntdq");
    }
    return false;
}
#elif defined(__aarch64__)
bool processorHas(Isa isa) { return isa == Isa::Scalar || isa == Isa::Neon; }
#else
bool processorHas(Isa isa) { return isa == Isa::Scalar; }
#endif

} // namespace

std::string_view nameOf(Isa isa) { return names[static_cast<std::size_t>(isa)]; }

bool isAvailable(Isa isa) { return processorHas(isa); }

std::vector<Isa> availableIsas()
{
    std::vector<Isa> isas;
    for (std::size_t i = names.size(); i-- > 0;)
        if (isAvailable(static_cast<Isa>(i)))
            isas.push_back(static_cast<Isa>(i));
    return isas;
}

Isa bestIsa() { return availableIsas().front(); }

Isa parseIsa(std::string_view name)
{
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        const std::string nearest = nearestName(name, {names.begin(), names.end()});
        throw Error(ErrorCode::InvalidArgument,
                    "There is no instruction set '" + std::string(name) + "'"
                        + (nearest.empty() ? "." : "; did you mean '" + nearest + "'?")
                        + " Known: scalar, neon, sse4, avx2, avx512, avx512-vnni.",
                    std::string(name));
    }
    const auto isa = static_cast<Isa>(found - names.begin());
    if (!isAvailable(isa))
        throw Error(ErrorCode::InvalidArgument,
                    "This processor lacks '" + std::string(name) + "'; the best it has is '"
                        + std::string(nameOf(bestIsa())) + "'.",
                    std::string(name));
    return isa;
}

} // namespace quantoscope
