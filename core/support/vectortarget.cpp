// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/vectortarget.h"

#include "core/support/error.h"

#include <hwy/highway.h>

namespace quantoscope {

namespace {

/// One bit per target, the better the lower.
std::vector<std::int64_t> targetBits()
{
    std::vector<std::int64_t> bits;
    const std::int64_t all = hwy::SupportedTargets() & HWY_TARGETS;
    for (std::int64_t bit = 1; bit > 0 && bit <= all; bit <<= 1)
        if (all & bit)
            bits.push_back(bit);
    return bits;
}

} // namespace

std::vector<std::string> vectorTargets()
{
    std::vector<std::string> names;
    for (const std::int64_t bit : targetBits())
        names.emplace_back(hwy::TargetName(bit));
    return names;
}

std::string vectorTarget() { return vectorTargets().front(); }

void forceVectorTarget(const std::string& name)
{
    hwy::SetSupportedTargetsForTest(0);
    std::int64_t wanted = 0;
    for (const std::int64_t bit : targetBits())
        if (hwy::TargetName(bit) == name)
            wanted = bit;
    if (!name.empty() && wanted == 0)
        throw Error(ErrorCode::InvalidArgument,
                    "Instruction set '" + name + "' is not to be had on this processor.", name);
    hwy::SetSupportedTargetsForTest(wanted);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

} // namespace quantoscope
