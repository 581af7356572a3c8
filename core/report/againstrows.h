// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/against.h"
#include "core/report/json.h"

namespace quantoscope {

/// The comparison with a quantized file: samples, jumpDb, causeDb, scheme, firstJump (a layer's name or null), suspicious[] (names), layers[],
/// outputs[], unmatched[].layer/.reason, notes[]. layers[]: layer, kind, matched (name or null), matchedBy, score, reason, storedScheme,
/// storedAct, ourScheme, weightSqnrDb, ourWeightSqnrDb, clippedWeightFraction, weightRangeRatio, channelRangeRatio, worstChannelSqnrDb,
/// perChannelSqnrDb, accumulatedSqnrDb, dropDb, localSqnrDb, ourLocalSqnrDb, jump, suspicious, ranges[], causes[].name/.sentence/
/// .gainDb/.ofFile/.evidence{}. A null number K carries KReason.
Json againstJson(const AgainstReport& report);

} // namespace quantoscope
