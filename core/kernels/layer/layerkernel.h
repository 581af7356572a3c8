// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/conv/geometry.h"
#include "core/kernels/convtranspose/geometry.h"
#include "core/kernels/input/activationrules.h"
#include "core/kernels/isa.h"
#include "core/kernels/timing/registerloops.h"
#include "core/quant/grid.h"
#include "core/tensor/channelmajor.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace quantoscope {

/// What one layer computes: y = x · ŵᵀ + bias on `rows` rows [rows][depth], or a convolution of `rows` images [rows][channels][y][x],
/// or a transposed one, whose weights are [outputs / groups][channels · kernel y · kernel x] with sets that all groups share.
/// Input and output are float32 whatever runs between them: the layer is a drop-in replacement of the float one.
struct LayerWork
{
    ChannelMajor weights; ///< [outputs][depth]
    std::shared_ptr<const ParamSets> params;
    std::optional<ActivationScheme> act; ///< nothing: weights alone are quantized
    std::vector<float> bias;             ///< one an output; empty: none
    std::optional<ConvGeometry> conv;
    std::optional<TransposeGeometry> transposed;
    std::size_t rows = 1;
    std::vector<float> input;
    std::optional<float> signScale; ///< of binary activations; nothing: mean |x| of the rows, or of each
    bool rowsAreWindows = false;    ///< rows gathered from one image: a dynamic range is that of all of them
    float low = 0;                  ///< results are clamped to [low, high] where low < high: ReLU is [0, inf]
    float high = 0;

    std::size_t rowSize() const; ///< input values of a row or image
    std::size_t inputSize() const;
    std::size_t outputSize() const;
    double macs() const; ///< multiply-accumulates, padding included
};

/// A stage of a kernel that can run by itself: "quantize", "pack", "multiply", "terms" (zero points and offsets, over sums that are
/// there), "requantize" (sums to int8 by a fixed-point multiplier). In a whole run stages overlap in the caches, and the last two
/// happen while a tile is still there: times of parts need not add up to that of the whole.
struct KernelPart
{
    std::string name;
    std::function<void()> run;
};

/// Whether sampled outputs equal the integers of a plain int64 sum, or why there are none to compare; for sums that saturate, how
/// far off they are.
struct KernelProof
{
    std::optional<bool> exact;
    std::string reason;
};

struct IntegerRun
{
    std::function<void()> run;
    std::size_t clampedBiases = 0; ///< channels whose bias overflows int32 at its scale
    std::string reason;
};

/// One call of a kernel on values of its caller's, as many as there are: nothing is packed anew for them but a convolution's
/// weights where images change their size.
struct LayerCall
{
    const float* x = nullptr; ///< [rows][depth], or `rows` images
    std::size_t rows = 0;
    float* y = nullptr;                          ///< [rows][outputs], or images [outputs][y][x]; not x
    std::optional<ConvGeometry> conv;            ///< of these images; nothing: as the kernel was made
    std::optional<TransposeGeometry> transposed; ///< the same
    /// Rows, or images, that share a dynamic range; the last may share it with fewer. At least 1.
    std::size_t rowsPerRange = 1;
    /// Dynamic ranges that are known already, one for each rowsPerRange rows; of signs α = hi. Empty: found from x.
    std::span<const Interval> ranges;
    const std::int8_t* codes = nullptr; ///< in place of x: integers of codeRule(), images [y][x][channels]
    std::int8_t* nextCodes =
        nullptr;           ///< in place of y: those that writeCodes() asked for, images [y][x][outputs]
    bool toPixels = false; ///< the images in y are [y][x][outputs]: where writesPixels()

    std::size_t rangeCount() const { return (rows + rowsPerRange - 1) / rowsPerRange; }
};

/// Which of several kernels for the same work.
///   Fastest         the one a runtime would take
///   MaskedTernary   ternary weights by masked additions and subtractions, no multiplication
///   Saturating      8-bit products as AVX2's vpmaddubsw sums them: pairs that saturate at int16, with an error to be shown
enum class KernelChoice { Fastest, MaskedTernary, Saturating };

/// A layer packed for one instruction set, ready to be run and timed. One thread drives it; it runs on those of the pool.
class LayerKernel
{
public:
    virtual ~LayerKernel() = default;

    const std::string& name() const { return m_name; } ///< "vpdpbusd 12×32, 4-bit", …
    Isa isa() const { return m_isa; }
    Arithmetic arithmetic() const { return m_arithmetic; }
    std::uint64_t weightBytes() const
    {
        return m_weightBytes;
    } ///< packed, with scales: what one run reads of them
    double packSeconds() const { return m_packSeconds; }

    virtual void run() = 0;
    /// The same on other values. Static ranges are those that the kernel was made with. Throws Error(InvalidArgument) for a geometry
    /// of other weights and for ranges that do not fit, Error(Unsupported) where a kernel cannot, and Cancelled.
    virtual void runOn(const LayerCall& call, std::stop_token stop = {});
    /// Of the next run; static ranges stay those of the input that the kernel was made with.
    virtual std::span<float> input() = 0;
    /// Of the last run.
    virtual std::span<const float> output() const = 0;
    virtual std::vector<KernelPart> parts() = 0;

    /// The static rule of the integers that runOn() takes in place of floats; null: it takes floats alone.
    virtual const RowRule* codeRule() const { return nullptr; }
    /// The static rule by which runOn() quantizes floats; null: there is no such one.
    virtual const RowRule* staticRule() const { return codeRule(); }
    /// Makes runOn() ready to write integers of that rule in place of floats, as NextCodes says. Returns why it cannot, or "".
    virtual std::string writeCodes(const RowRule& /*next*/) { return "This kernel has float results only."; }
    /// Whether runOn() can write images pixel by pixel.
    virtual bool writesPixels() const { return false; }

    /// The run between two quantized layers, from int8 codes to int8 codes with integers only; nothing in `run` and the reason
    /// where there is none.
    virtual IntegerRun integerRun() { return {nullptr, 0, "This kernel has float results only."}; }
    virtual KernelProof prove() = 0;

    /// For cold times: `count` copies of the packed weights, and the next of them for the next run.
    virtual void keepCopies(std::size_t count) = 0;
    virtual void rotate() = 0;

protected:
    std::string m_name;
    Isa m_isa = Isa::Scalar;
    Arithmetic m_arithmetic = Arithmetic::Float;
    std::uint64_t m_weightBytes = 0;
    double m_packSeconds = 0;
};

/// Packs the layer. Throws Error(Unsupported) with the reason where no kernel multiplies such a layer so (scales along the inputs,
/// activations that are no integers, …), Error(InvalidArgument) for sizes that do not fit, and Cancelled. A kernel for runOn() alone
/// needs no rows: ranges are dynamic or manual then, and binary activations say their scale or are dynamic.
std::unique_ptr<LayerKernel> makeLayerKernel(LayerWork work, Isa isa,
                                             KernelChoice choice = KernelChoice::Fastest,
                                             std::stop_token stop = {});

} // namespace quantoscope
