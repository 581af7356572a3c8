// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/algorithms/roundingsearch.h"

#include "core/quant/algorithms/densekernels.h"
#include "core/support/progress.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace quantoscope {

namespace {

constexpr float never = std::numeric_limits<float>::infinity();

/// δ with its slopes Gδ, and what each flip would gain.
class Descent
{
public:
    Descent(const RowChoice& row, const Gram& gram, std::span<const float> diagonal,
            std::span<std::uint8_t> up)
        : m_gram(gram), m_diagonal(diagonal), m_up(up), m_slopes(gram.size), m_gains(gram.size),
          m_changes(gram.size), m_fixed(gram.size)
    {
        std::vector<float> errors(row.base.begin(), row.base.end());
        for (std::size_t j = 0; j < gram.size; ++j) {
            m_fixed[j] = row.step[j] == 0;
            errors[j] += m_up[j] ? row.step[j] : 0;
            m_changes[j] = m_up[j] ? -row.step[j] : row.step[j];
        }
        m_kernels.gramProduct(errors.data(), 1, gram.size, gram.values.data(), m_slopes.data());
        for (std::size_t j = 0; j < gram.size; ++j)
            m_error += static_cast<double>(errors[j]) * static_cast<double>(m_slopes[j]);
        refresh(0, 0);
    }

    /// Best single flips until none helps.
    void flipSingles(const std::stop_token& stop)
    {
        while (true) {
            throwIfStopped(stop);
            const auto best = std::min_element(m_gains.begin(), m_gains.end());
            if (best == m_gains.end() || !helps(*best))
                return;
            flip(static_cast<std::size_t>(best - m_gains.begin()), *best);
        }
    }

    /// For each weight the best partner; whether anything was flipped.
    bool flipPairs(const std::stop_token& stop)
    {
        bool flipped = false;
        for (std::size_t i = 0; i < m_gram.size; ++i) {
            if (i % 64 == 0)
                throwIfStopped(stop);
            if (m_fixed[i])
                continue;
            const float own = m_gains[i];
            const float factor = 2 * m_changes[i];
            m_gains[i] = never;
            const float least =
                m_kernels.leastPair(m_gains.data(), m_changes.data(), m_gram.row(i), factor, m_gram.size);
            m_gains[i] = own;
            if (!helps(own + least))
                continue;
            const std::size_t partner = partnerOf(i, factor);
            flip(i, own);
            flip(partner, m_gains[partner]);
            flipped = true;
        }
        return flipped;
    }

private:
    bool helps(float gain) const { return static_cast<double>(gain) < -1e-6 * std::max(m_error, 0.0); }

    std::size_t partnerOf(std::size_t i, float factor) const
    {
        std::size_t best = i;
        float least = never;
        for (std::size_t j = 0; j < m_gram.size; ++j) {
            const float gain = m_gains[j] + factor * m_changes[j] * m_gram.at(i, j);
            if (j != i && gain < least) {
                least = gain;
                best = j;
            }
        }
        return best;
    }

    void flip(std::size_t j, float gain)
    {
        const float by = m_changes[j];
        m_error += static_cast<double>(gain);
        m_up[j] = !m_up[j];
        m_changes[j] = -by;
        refresh(j, by);
    }

    void refresh(std::size_t j, float by)
    {
        m_kernels.moveSlopes(m_slopes.data(), m_gains.data(), m_changes.data(), m_gram.row(j),
                             m_diagonal.data(), by, m_gram.size);
        for (std::size_t i = 0; i < m_gram.size; ++i)
            if (m_fixed[i])
                m_gains[i] = never;
    }

    const DenseKernels& m_kernels = denseKernels();
    const Gram& m_gram;
    std::span<const float> m_diagonal;
    std::span<std::uint8_t> m_up;
    std::vector<float> m_slopes, m_gains, m_changes;
    std::vector<std::uint8_t> m_fixed;
    double m_error = 0;
};

} // namespace

bool isEnumerable(const RowChoice& row)
{
    const auto fixed = static_cast<std::size_t>(std::count(row.step.begin(), row.step.end(), 0.0f));
    return row.step.size() - fixed <= enumeratedWeights;
}

std::vector<std::uint8_t> bestChoice(const RowChoice& row, const Gram& gram)
{
    const std::size_t n = gram.size;
    std::vector<std::size_t> open;
    for (std::size_t j = 0; j < n; ++j)
        if (row.step[j] != 0)
            open.push_back(j);
    std::vector<double> slopes(n);
    double error = 0;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j)
            slopes[i] += static_cast<double>(gram.at(i, j)) * static_cast<double>(row.base[j]);
        error += slopes[i] * static_cast<double>(row.base[i]);
    }
    // In Gray code order each choice is one flip away from the last.
    std::uint32_t code = 0, best = 0;
    double least = error;
    for (std::uint32_t step = 1; step < 1u << open.size(); ++step) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(step));
        code ^= 1u << bit;
        const std::size_t j = open[bit];
        const double change = static_cast<double>(row.step[j]) * (code >> bit & 1 ? 1 : -1);
        error += change * (2 * slopes[j] + change * static_cast<double>(gram.at(j, j)));
        for (const std::size_t i : open)
            slopes[i] += change * static_cast<double>(gram.at(i, j));
        if (error < least) {
            least = error;
            best = code;
        }
    }
    std::vector<std::uint8_t> up(n);
    for (std::size_t bit = 0; bit < open.size(); ++bit)
        up[open[bit]] = best >> bit & 1;
    return up;
}

void descend(const RowChoice& row, const Gram& gram, std::span<const float> diagonal, std::size_t sweeps,
             std::span<std::uint8_t> up, const std::stop_token& stop)
{
    if (sweeps == 0 || gram.size == 0)
        return;
    Descent descent(row, gram, diagonal, up);
    descent.flipSingles(stop);
    for (std::size_t sweep = 0; sweep < sweeps && descent.flipPairs(stop); ++sweep)
        descent.flipSingles(stop);
}

} // namespace quantoscope
