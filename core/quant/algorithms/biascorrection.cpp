// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/biascorrection.h"

#include "core/support/error.h"

#include <cmath>

namespace quantoscope {

BiasCorrection correctBias(const ChannelMajor& weights, std::span<const float> quantized,
                           std::span<const float> bias, const LayerInputs& inputs, std::stop_token stop)
{
    if (quantized.size() != weights.values.size() || (!bias.empty() && bias.size() != weights.channels))
        throw Error(ErrorCode::InvalidArgument, "Bias correction needs one quantized value for each weight "
                                                "and one bias for each output, or none.");
    requireInputs(inputs, weights.perChannel, 1);
    const std::vector<double> means = columnMeans(inputs, stop);
    BiasCorrection correction;
    for (std::size_t channel = 0; channel < weights.channels; ++channel) {
        double error = 0;
        for (std::size_t j = 0; j < weights.perChannel; ++j) {
            const std::size_t i = channel * weights.perChannel + j;
            const double difference =
                static_cast<double>(quantized[i]) - static_cast<double>(weights.values[i]);
            if (std::isfinite(difference))
                error += difference * means[j];
        }
        correction.meanErrors.push_back(error);
        const double before = bias.empty() ? 0.0 : static_cast<double>(bias[channel]);
        correction.bias.push_back(static_cast<float>(before - error));
    }
    return correction;
}

} // namespace quantoscope
