// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/against.h"
#include "core/analysis/against/localerrors.h"
#include "core/analysis/against/weightpair.h"

namespace quantoscope {

/// What is known about one layer.
struct CauseEvidence
{
    const AgainstLayer& layer;
    const std::optional<WeightComparison>& weights; ///< nothing: the weight is not quantized
    const StoredQuantization* stored = nullptr;
    const LocalErrors& local;
    const LayerSite& original;
    const LayerSite& quantized;
    const Layer* originalLayer = nullptr;
    const Layer* quantizedLayer = nullptr;
    int ourBits = 8;
};

/// Everything that mending would improve by 1 dB or more, best first; what cannot be computed where its evidence is strong.
std::vector<AgainstCause> causesOf(const CauseEvidence& evidence);

/// The cause in one range, with what mending it brings; nothing where that is less than 1 dB.
std::optional<AgainstCause> causeOf(const AgainstRange& range, double gainDb);

} // namespace quantoscope
