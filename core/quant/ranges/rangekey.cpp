// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/ranges/rangekey.h"

namespace quantoscope {

Scheme rangeKey(const Scheme& scheme)
{
    using Kind = RangeRule::Kind;
    Scheme key;
    key.format = scheme.format;
    key.granularity = scheme.granularity;
    if (scheme.format == Format::Binary)
        return key;
    key.range = scheme.range;
    switch (scheme.range.kind) {
    case Kind::Mse:
    case Kind::Entropy:
    case Kind::AciqGauss:
    case Kind::AciqLaplace:
    case Kind::Aciq:
        key.bits = scheme.bits;
        key.codes = scheme.codes;
        key.grid = scheme.grid;
        break;
    case Kind::Percentile:
    case Kind::Sigma:
        key.grid = scheme.grid;
        break;
    default:
        break;
    }
    return key;
}

} // namespace quantoscope
