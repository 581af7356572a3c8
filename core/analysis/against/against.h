// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/storedrange.h"
#include "core/metrics/judging/networkerror.h"
#include "core/quant/scheme.h"
#include "core/runtime/execute/capture.h"

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quantoscope {

struct AgainstSettings
{
    /// What the stored quantization is measured against, without algorithm and outliers; without `act`, activations at 8 bits with a zero point.
    Scheme scheme = parseScheme("int8-per-channel");
    std::size_t localSamples = 16; ///< the first of the order, for the errors of single layers
    double jumpDb = 10;            ///< a drop that counts as a jump
    double causeDb = 6;            ///< what mending a cause must bring to make its layer suspicious
    CaptureOptions run;
};

/// Why a layer may be bad: a name for programs, a sentence for people, and the numbers that it was concluded from.
///   no-correlation · weight-zero-point · weight-scale · clipped-weights · per-tensor-weights · few-weight-bits · weights
///   wrong-zero-point · clipped-activation · wide-activation · outlier-channel · few-activation-bits · activation
///   bias-clamped · bias-scale · different-attributes · saturating-pairs · unknown
/// "weights", "activation": mending them would help, and none of the special causes holds.
struct AgainstCause
{
    std::string name;
    std::string sentence;
    std::vector<std::pair<std::string, double>> evidence;
    double gainDb = 0; ///< what mending this alone brings; NaN where it cannot be computed
    /// false: the float network's nature, which our scheme shares (outlier-channel), or the processor's (saturating-pairs); never makes
    /// a layer suspicious.
    bool ofFile = true;
};

/// One quantized value of the file and what really goes through it.
struct AgainstRange
{
    std::string place; ///< "input" or "output" of the layer, or "between" its upstream layers and it
    std::string value; ///< name in the quantized file
    StoredRange stored;
    bool ofFloat =
        true; ///< measured on the float network; else on the quantized one, where no value of the float one corresponds
    double min = 0; ///< of the values before quantization
    double max = 0;
    double clippedFraction = 0; ///< below the lowest or above the highest level
    double usedFraction = 0;    ///< of the stored range that [min, max] covers
    double sqnrDb = 0; ///< of these values through the stored range; NaN: nothing lost, or nothing measured
    double fittedSqnrDb = 0;  ///< of as many levels over [min, max]: noise step²/12
    double clippingShare = 0; ///< of the squared error that clipping makes
    double channelRatio = 0;  ///< largest channel max |x| over the median one
    std::size_t outlierChannel = 0;
};

/// A layer of the float network beside what became of it. dB values that could not be computed are NaN.
struct AgainstLayer
{
    LayerId layer;
    std::optional<LayerId> matched; ///< in the quantized network
    std::string matchedBy;          ///< "position", "name", "correlation"; "" when unmatched
    double score = 0;               ///< cosine of the dequantized weights
    std::string reason;             ///< why it is unmatched, or cannot be observed

    std::string storedScheme; ///< of the weight and of the activations; "float" where it is not quantized
    std::string storedAct;
    double weightSqnrDb = std::numeric_limits<double>::quiet_NaN();
    double ourWeightSqnrDb = std::numeric_limits<double>::quiet_NaN();
    double clippedWeights = 0;   ///< share of float weights outside the stored levels
    double weightRangeRatio = 0; ///< largest |stored| over largest |float| weight
    double channelRangeRatio =
        0; ///< of the float weights: largest channel max |w| over the smallest that is not 0
    double worstChannelSqnrDb = std::numeric_limits<double>::quiet_NaN();
    double perChannelSqnrDb =
        std::numeric_limits<double>::quiet_NaN(); ///< as many bits, a scale for each channel
    std::vector<AgainstRange> ranges;

    double accumulatedSqnrDb =
        std::numeric_limits<double>::quiet_NaN(); ///< of its output, everything upstream quantized too
    std::string accumulatedReason;
    /// Best accumulatedSqnrDb of the nearest upstream layers (none of them: our own local error, as a first layer has nothing before it) minus
    /// this one's.
    double dropDb = std::numeric_limits<double>::quiet_NaN();
    double localSqnrDb =
        std::numeric_limits<double>::quiet_NaN(); ///< float input, stored weight, bias and input range
    double ourLocalSqnrDb =
        std::numeric_limits<double>::quiet_NaN(); ///< float input, our weight and input range
    std::string localReason;
    std::vector<AgainstCause> causes; ///< what mending brings most first
    bool jump = false;
    bool suspicious = false;
};

/// An output of both files, by position.
struct AgainstOutput
{
    std::string name;
    std::string matched;
    NetworkError error;
    std::optional<double> agreement; ///< share of samples with the same class; outputs of two dimensions only
    std::vector<AgainstRange> ranges;
    std::vector<AgainstCause> causes;
    bool suspicious = false;
};

struct AgainstReport
{
    std::shared_ptr<const Network> original;
    std::shared_ptr<const Network> quantized;
    AgainstSettings settings;
    std::size_t samples = 0;
    std::vector<AgainstLayer> layers; ///< one per layer of the float network, in its order
    std::vector<Skipped> unmatched;   ///< layers of the quantized network
    std::vector<AgainstOutput> outputs;
    std::optional<LayerId> firstJump; ///< first in the order of the file
    std::vector<std::string> notes;
};

/// A float network beside a file that somebody quantized: layers matched by position in the graph, name and weights; both run on the same
/// samples with every operator as written, outputs of corresponding layers compared batch by batch.
///   jump         dropDb ≥ jumpDb, and the file is to blame: mending a cause brings 3 dB or more, or nothing explains the drop (its worst
///                upstream layer and its own local error are both 2·jumpDb better than its output)
///   suspicious   a jump, or a cause that brings causeDb or more
/// Values of the quantized file that stand for a layer's float output: the operator's own output where that is float (QDQ, MatMulNBits,
/// integer products after their scaling), dequantized codes of QLinear operators, behind an activation that the file fused.
/// Memory: run.memoryBytes for values of both networks, one layer's weights. Deterministic for any thread count.
/// Throws Error(InvalidArgument) where inputs or outputs of the files do not correspond, Error as NetworkSession does, Cancelled.
AgainstReport compareWithQuantized(std::shared_ptr<const RunModel> original,
                                   std::shared_ptr<const RunModel> quantized, const SampleSource& samples,
                                   const SampleOrder& order, const AgainstSettings& settings = {},
                                   std::stop_token stop = {}, const ProgressFn& progress = {});

} // namespace quantoscope
