// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/layer/layerkernel.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace quantoscope {

/// A kernel whose packed weights exist once, or several times for cold runs.
template <typename Packed>
class RotatingKernel : public LayerKernel
{
public:
    explicit RotatingKernel(Packed weights) { m_copies.push_back(std::move(weights)); }

    void keepCopies(std::size_t count) override
    {
        m_current = 0;
        m_copies.erase(m_copies.begin() + 1, m_copies.end());
        m_copies.reserve(count);
        while (m_copies.size() < count)
            m_copies.push_back(m_copies.front());
    }
    void rotate() override { m_current = (m_current + 1) % m_copies.size(); }

protected:
    const Packed& weights() const { return m_copies[m_current]; }
    /// All copies at once.
    void replace(const Packed& weights) { std::fill(m_copies.begin(), m_copies.end(), weights); }

private:
    std::vector<Packed> m_copies;
    std::size_t m_current = 0;
};

} // namespace quantoscope
