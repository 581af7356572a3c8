// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/outputerror.h"
#include "core/metrics/errormetrics.h"
#include "core/metrics/histogram.h"
#include "core/metrics/referencelines.h"
#include "core/metrics/valuestats.h"
#include "core/network/network.h"
#include "core/quant/algorithms/algorithmresult.h"
#include "core/quant/levelgrid.h"
#include "core/quant/measure.h"
#include "core/quant/quantize.h"
#include "core/support/progress.h"

#include <map>
#include <memory>
#include <mutex>

namespace quantoscope {

/// Error and size of one layer's weight under one scheme. The metrics are the weight's: activations stay float there; with
/// inputs, `output` is the error of the layer.
struct LayerReport
{
    LayerId layer;
    Scheme scheme;
    std::shared_ptr<const ParamSets> params; ///< null when `issue` is set
    ErrorSums sums;
    ErrorMetrics metrics;
    std::optional<AlgorithmResult>
        algorithm;                     ///< what it did, without its parameters; only with scheme.algorithm
    std::optional<OutputError> output; ///< when the layer's inputs are known
    std::uint64_t bytes = 0;           ///< packed weight, scales and zero points or offsets
    std::uint64_t fp32Bytes = 0;       ///< 4 · elements
    double bitsPerWeight = 0;          ///< 8 · bytes / elements; NaN for an empty tensor
    std::string issue;                 ///< why this layer could not be quantized like that; "" when it was
};

/// One width of the error-against-bits curve. `scheme` says what the width became (binary at 1 bit).
struct SweepPoint
{
    int bits = 0;
    Scheme scheme;
    ErrorMetrics metrics; ///< of the fast pass: mse with its split, sqnrDb, maxError, clipped fractions
    std::string issue;
};

/// The values of one layer with what is worth keeping between questions about it: its arrangements and the ranges of its
/// sets. Safe to use from several threads.
class LayerData
{
public:
    LayerData(std::shared_ptr<const Network> network, LayerId layer);
    /// A bare tensor (the `values` sub-command, tests).
    LayerData(FloatArray values, Shape shape, int channelAxis);

    /// The layer's inputs [samples, features], for algorithms, outliers and the error of its output. Call before anything
    /// else. Throws Error(InvalidArgument) when `shape` is not a matrix; whether it fits is asked when it is used.
    void setInputs(FloatArray values, const Shape& shape);

    LayerId layer() const { return m_layer; }
    const Shape& shape() const { return m_shape; }
    std::size_t size() const { return m_array.values.size(); }

    /// The values arranged as `scheme` needs them. Throws Error(SchemeMismatch).
    const ChannelMajor& arranged(const Scheme& scheme);
    const ValueStats& stats();
    /// Smallest and largest finite value of the tensor.
    Extremes valueExtremes();
    /// Histogram of all values over their extremes; the one asked for last is kept.
    Histogram valueHistogram(std::size_t bins);
    /// Ranges of the sets, from the cache when granularity and rule were asked for before.
    std::shared_ptr<const ParamSets> params(const Scheme& scheme, std::stop_token stop = {},
                                            const ProgressFn& progress = {});

    /// `progress`: of algorithms, which may take minutes.
    LayerReport report(const Scheme& scheme, std::stop_token stop = {}, const ProgressFn& progress = {});
    /// x̂ in the order of the layer's own output channels, whatever axis the scheme's scales belong to.
    std::vector<float> valuesByOutput(const Scheme& scheme, const ParamSets& params);
    /// What the SQNR of that report is to be compared with: referenceLines() of its grid, bits and code entropy being the
    /// stored ones, and the float16 floor of these values.
    std::vector<ReferenceLine> references(const LayerReport& report);
    /// Metrics of one set (channel or group) alone.
    ErrorMetrics setMetrics(const Scheme& scheme, std::size_t set, std::stop_token stop = {});
    /// The error at every width of sweepScheme(scheme).
    std::vector<SweepPoint> sweep(const Scheme& scheme, int firstBits, int lastBits,
                                  std::stop_token stop = {});

private:
    std::shared_ptr<const std::vector<Interval>> ranges(const Scheme& scheme, std::stop_token stop);
    std::shared_ptr<const ParamSets> keptCodes(const Scheme& scheme);
    ParamSets makeParams(const Scheme& scheme, std::stop_token stop, const ProgressFn& progress,
                         std::optional<AlgorithmResult>& algorithm);
    const LayerInputs& inputsFor(const std::string& what) const;

    std::shared_ptr<const Network> m_network;
    LayerId m_layer;
    FloatArray m_array;
    Shape m_shape;
    int m_channelAxis = 0;
    std::mutex m_mutex;
    std::map<int, ChannelMajor> m_arranged; ///< by front axis
    std::map<std::string, std::shared_ptr<const std::vector<Interval>>> m_ranges;
    FloatArray m_inputValues;
    std::optional<LayerInputs> m_inputs;
    std::shared_ptr<const ParamSets> m_coded;   ///< the last that hold codes
    std::optional<AlgorithmResult> m_algorithm; ///< what made them
    std::optional<Extremes> m_extremes;
    std::optional<ValueStats> m_stats;
    std::optional<ReferenceLine> m_float16;
    std::optional<Histogram> m_histogram;
};

/// What the error-against-bits curve of a scheme varies: the scheme itself, or, for formats of one width, the symmetric
/// integer grid with scales as fine as theirs.
Scheme sweepScheme(const Scheme& scheme);

/// Where a histogram of such values begins and ends: never empty.
Interval histogramAxis(const Extremes& extremes);

/// Between which values the outermost levels of many sets lie.
struct SetEnds
{
    Interval lower; ///< lowest level: smallest and largest over the sets
    Interval upper; ///< highest level
};

/// What the views of one layer draw: a histogram, the grid over it and the numbers.
struct LayerDetail
{
    LayerReport report;
    /// The set shown, or nothing: all of them, in code coordinates when there is more than one.
    std::optional<std::size_t> set;
    /// x axis is the code coordinate u = (x - offset)/scale + zeroPoint: levels at qmin … qmax or at the table's values.
    bool normalized = false;
    LevelGrid grid;                 ///< of the set shown; normalized: commonGrid(); with setEnds: no levels
    std::optional<SetEnds> setEnds; ///< of many sets on the axis of the values themselves
    Histogram histogram;            ///< covers the data, and in code coordinates the codes as well
    Interval data;                  ///< smallest and largest finite value shown, in the units of the axis
    ErrorMetrics shown;             ///< metrics of what is shown: of the set, or of the layer
};

struct DetailRequest
{
    Scheme scheme;
    std::optional<std::size_t> set;
    std::size_t bins = 512;
    bool inValues = false; ///< many sets at once: on the axis of the values instead of code coordinates
};

/// Exact, one or two passes over memory. Throws Error(SchemeMismatch, InvalidArgument) and Cancelled.
LayerDetail layerDetail(LayerData& data, const DetailRequest& request, std::stop_token stop = {});

} // namespace quantoscope
