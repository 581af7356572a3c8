// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/outliers.h"

#include "core/quant/elementquantizer.h"
#include "core/quant/quantize.h"
#include "core/quant/settasks.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <limits>

namespace quantoscope {

ParamSets splitOutliers(const ChannelMajor& values, const Scheme& scheme,
                        std::span<const std::uint8_t> columns, std::stop_token stop)
{
    if (columns.size() != values.perChannel)
        throw Error(ErrorCode::SchemeMismatch, "The layer inputs have " + std::to_string(columns.size())
                                                   + " features, an output channel "
                                                   + std::to_string(values.perChannel) + " weights.");
    // Ranges leave out what is not finite: so they see the columns that are quantized alone.
    std::vector<float> masked(values.values.begin(), values.values.end());
    for (std::size_t i = 0; i < masked.size(); ++i)
        if (columns[i % values.perChannel] != 0)
            masked[i] = std::numeric_limits<float>::quiet_NaN();
    ChannelMajor rest = values;
    rest.values = masked;
    ParamSets params = makeParamSets(scheme, layoutFor(scheme, rest), estimateRanges(rest, scheme, stop));

    const auto coded = std::make_shared<CodedTensor>();
    coded->halfColumns.assign(columns.begin(), columns.end());
    coded->codes.resize(masked.size());
    const ElementQuantizer quantizer(rest, params);
    const SetTasks tasks(params.layout);
    parallelFor(
        tasks.count(),
        [&](std::size_t task) {
            std::vector<std::int32_t> codes;
            std::vector<float> unused;
            tasks.forStretches(task, [&](const Stretch& stretch) {
                codes.resize(stretch.count);
                unused.resize(stretch.count);
                quantizer.quantize(stretch.set, stretch.begin, codes, unused);
                for (std::size_t i = 0; i < codes.size(); ++i)
                    coded->codes[stretch.begin + i] = static_cast<std::uint16_t>(codes[i] - params.codes.min);
            });
        },
        stop);
    params.coded = coded;
    return params;
}

} // namespace quantoscope
