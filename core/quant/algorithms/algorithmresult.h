// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"

#include <cstddef>
#include <cstdint>

namespace quantoscope {

/// What an algorithm decided, with a report. Errors are sums over the outputs of the algorithm's objective: the mean square
/// of the output error on the calibration inputs, tr(ΔW·XᵀX/n·ΔWᵀ), in output²; for HQQ Σ|ΔW|^p in weight units^p.
struct AlgorithmResult
{
    ParamSets
        params; ///< with the codes in `coded`, of every element in the order of the weights; HQQ: none needed
    double nearestError = 0;    ///< of rounding to nearest on the ranges of the scheme
    double error = 0;           ///< of the result
    std::size_t rows = 0;       ///< outputs; HQQ: sets
    std::size_t rowsWorse = 0;  ///< of them, above nearest rounding before anything was kept or repaired
    std::size_t rowsKept = 0;   ///< of them, left at nearest rounding in the result
    double damping = 0;         ///< GPTQ: ridge used, as a fraction of the mean diagonal
    double exponent = 0;        ///< AWQ: the α that was best
    std::size_t iterations = 0; ///< AdaRound: largest of any row; HQQ: largest of any set
};

} // namespace quantoscope
