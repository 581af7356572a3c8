// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/softmax.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quantoscope {

namespace {

/// Of one row: 0 stands for the smallest positive float.
bool logOfProbabilities(std::span<const float> row, std::span<double> out)
{
    double sum = 0;
    for (const float p : row) {
        if (!(p >= 0) || std::isinf(p))
            return false;
        sum += p;
    }
    if (!(sum > 0))
        return false;
    const double logSum = std::log(sum);
    for (std::size_t i = 0; i < row.size(); ++i)
        out[i] = std::log(row[i] > 0 ? static_cast<double>(row[i]) : 0x1p-149) - logSum;
    return true;
}

bool logOfLogits(std::span<const float> row, std::span<double> out)
{
    double max = -HUGE_VAL;
    for (const float x : row) {
        if (std::isnan(x))
            return false;
        max = std::max(max, static_cast<double>(x));
    }
    if (std::isinf(max))
        return false;
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        out[i] = row[i] - max;
        sum += std::exp(out[i]);
    }
    const double logSum = std::log(sum);
    for (double& value : out)
        value -= logSum;
    return true;
}

} // namespace

OutputKind kindOf(std::span<const float> values, std::size_t classes)
{
    if (values.empty() || classes == 0)
        return OutputKind::Logits;
    for (std::size_t row = 0; row < values.size(); row += classes) {
        double sum = 0;
        for (const float p : values.subspan(row, std::min(classes, values.size() - row))) {
            if (!(p >= 0 && p <= 1))
                return OutputKind::Logits;
            sum += p;
        }
        if (std::abs(sum - 1) > 1e-3)
            return OutputKind::Logits;
    }
    return OutputKind::Probabilities;
}

bool logSoftmax(std::span<const float> row, OutputKind kind, std::span<double> out)
{
    return kind == OutputKind::Probabilities ? logOfProbabilities(row, out) : logOfLogits(row, out);
}

double klDivergence(std::span<const double> logP, std::span<const double> logQ)
{
    double sum = 0;
    for (std::size_t i = 0; i < logP.size(); ++i)
        if (const double p = std::exp(logP[i]); p > 0)
            sum += p * (logP[i] - logQ[i]);
    return sum;
}

void KlSoftmaxSum::add(std::span<const float> reference, std::span<const float> quantized,
                       std::size_t classes)
{
    m_logP.resize(classes);
    m_logQ.resize(classes);
    double sum = 0;
    bool valid = reference.size() >= classes;
    for (std::size_t row = 0; valid && row < reference.size(); row += classes) {
        valid = logSoftmax(reference.subspan(row, classes), m_kind, m_logP)
                && logSoftmax(quantized.subspan(row, classes), m_kind, m_logQ);
        sum += valid ? klDivergence(m_logP, m_logQ) : 0;
    }
    const double mean = sum / static_cast<double>(reference.size() / std::max<std::size_t>(classes, 1));
    if (valid && std::isfinite(mean))
        m_values.push_back(mean);
    else
        ++m_leftOut;
}

KlSoftmax KlSoftmaxSum::result(const BootstrapOptions& options, std::stop_token stop) const
{
    KlSoftmax kl;
    kl.samples = m_values.size();
    kl.leftOut = m_leftOut;
    kl.mean = std::accumulate(m_values.begin(), m_values.end(), 0.0) / static_cast<double>(m_values.size());
    kl.max = m_values.empty() ? std::nan("") : *std::max_element(m_values.begin(), m_values.end());
    kl.ci95 = bootstrapMean(m_values, options, std::move(stop));
    return kl;
}

} // namespace quantoscope
