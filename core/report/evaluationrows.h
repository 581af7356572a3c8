// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/evaluation/evaluation.h"
#include "core/report/json.h"

namespace quantoscope {

std::string_view nameOf(QuantizationMode mode); ///< "weight-only", "static", "dynamic"
std::string_view nameOf(Engine engine);         ///< "fake", "integer"

/// An answer that knows nothing yet: every key of evaluationJson() and of its layers that may hold a number, null.
Json evaluationKeys();

/// One object a layer: layer, kind, scheme, quantized, localSqnrDb, accumulatedSqnrDb, localCosine, accumulatedCosine, bytes,
/// actLo, actHi.
Json evaluatedLayers(const Evaluation& evaluation);

/// One object a layer: layer, replaced, kernel, reason.
Json replacedLayers(const Evaluation& evaluation);

/// What addJudgement() says, and mode, engine, layers, replaced, exactness, bytes, notes.
Json evaluationJson(const Evaluation& evaluation);

} // namespace quantoscope
