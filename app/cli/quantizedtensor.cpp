// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/quantizedtensor.h"

#include "core/support/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantoscope {

QuantizedTensor quantizeTensor(LayerData& data, const Scheme& scheme, std::stop_token stop)
{
    QuantizedTensor tensor;
    tensor.report = data.report(scheme, stop);
    tensor.references = data.references(tensor.report);
    const ParamSets& params = *tensor.report.params;
    const ChannelMajor& arranged = data.arranged(scheme);
    const QuantizedValues quantized = quantize(arranged, params);

    const std::size_t count = quantized.codes.size();
    tensor.codes.resize(count);
    tensor.values.resize(count);
    tensor.finite.resize(count);
    tensor.setOf.resize(count);
    for (std::size_t set = 0; set < params.sets.size(); ++set) {
        throwIfStopped(stop);
        const std::size_t begin = params.layout.begin(set);
        for (std::size_t i = begin; i < begin + params.layout.size(set); ++i) {
            const std::size_t to = arranged.memoryIndex(i);
            tensor.codes[to] = quantized.codes[i];
            tensor.values[to] = quantized.values[i];
            tensor.finite[to] = quantized.finite[i];
            tensor.setOf[to] = set;
        }
    }
    return tensor;
}

QuantizationStep quantizationStep(const QuantizedTensor& tensor, std::size_t element, float x)
{
    return quantizationStep(*tensor.report.params, tensor.setOf[element], element, x, tensor.codes[element],
                            tensor.values[element]);
}

} // namespace quantoscope
