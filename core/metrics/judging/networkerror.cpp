// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/networkerror.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quantoscope {

namespace {

double decibels(double signal, double noise) { return 10 * std::log10(signal / noise); }

double sumOf(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// One sample's sums, in fixed lanes by position so that they are the same however the loop is compiled.
struct Lanes
{
    static constexpr std::size_t count = 8;
    double signal[count] = {}, noise[count] = {}, product[count] = {}, output[count] = {},
           maxError[count] = {};
    std::uint64_t elements[count] = {};

    void add(std::size_t lane, float reference, float quantized)
    {
        const bool both = std::isfinite(reference) && std::isfinite(quantized);
        const double y = both ? reference : 0.0f;
        const double q = both ? quantized : 0.0f;
        const double error = q - y;
        signal[lane] += y * y;
        noise[lane] += error * error;
        product[lane] += y * q;
        output[lane] += q * q;
        maxError[lane] = std::max(maxError[lane], std::abs(error));
        elements[lane] += both;
    }
};

double total(const double (&lanes)[Lanes::count])
{
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

} // namespace

void NetworkErrorSum::add(std::span<const float> reference, std::span<const float> quantized)
{
    const std::size_t count = std::min(reference.size(), quantized.size());
    Lanes lanes;
    std::size_t i = 0;
    for (; i + Lanes::count <= count; i += Lanes::count)
        for (std::size_t lane = 0; lane < Lanes::count; ++lane)
            lanes.add(lane, reference[i + lane], quantized[i + lane]);
    for (; i < count; ++i)
        lanes.add(i % Lanes::count, reference[i], quantized[i]);

    const std::uint64_t finite =
        std::accumulate(std::begin(lanes.elements), std::end(lanes.elements), std::uint64_t{0});
    m_signals.push_back(total(lanes.signal));
    m_noises.push_back(total(lanes.noise));
    m_product += total(lanes.product);
    m_output += total(lanes.output);
    m_maxError =
        std::max(m_maxError, *std::max_element(std::begin(lanes.maxError), std::end(lanes.maxError)));
    m_elements += finite;
    if (finite == count)
        return;
    for (std::size_t k = 0; k < count; ++k) {
        const bool isNan = std::isnan(reference[k]) || std::isnan(quantized[k]);
        m_nan += isNan;
        m_inf += !isNan && (std::isinf(reference[k]) || std::isinf(quantized[k]));
        m_broken += std::isfinite(reference[k]) && !std::isfinite(quantized[k]);
    }
}

NetworkError NetworkErrorSum::result(const BootstrapOptions& options, std::stop_token stop) const
{
    const double signal = sumOf(m_signals);
    const double noise = sumOf(m_noises);
    NetworkError error;
    error.samples = m_signals.size();
    error.elements = m_elements;
    error.nanCount = m_nan;
    error.infCount = m_inf;
    error.broken = m_broken;
    error.sqnrReason = m_elements == 0 ? "no finite elements"
                       : signal == 0   ? "zero signal"
                       : noise == 0    ? "exact"
                                       : "";
    const bool known = error.sqnrReason.empty();
    error.sqnrDb = known ? decibels(signal, noise) : std::nan("");
    if (known)
        error.sqnrCi95 = bootstrapInterval(m_signals, m_noises, decibels, options, std::move(stop));
    error.cosine =
        signal > 0 && m_output > 0 ? m_product / std::sqrt(signal) / std::sqrt(m_output) : std::nan("");
    error.maxError = m_elements == 0 ? std::nan("") : m_maxError;
    return error;
}

} // namespace quantoscope
