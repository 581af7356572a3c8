// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/isa.h"

#include <string>
#include <vector>

namespace quantoscope::test {

/// What did not hold, one sentence each. Free of Qt: the same checks run where there is none.
class Failures
{
public:
    void expect(bool holds, const std::string& what)
    {
        ++m_checks;
        if (!holds)
            m_texts.push_back(what);
    }
    const std::vector<std::string>& texts() const { return m_texts; }
    std::size_t checks() const { return m_checks; }

private:
    std::vector<std::string> m_texts;
    std::size_t m_checks = 0;
};

/// A property of the kernels that holds on every instruction set.
struct Check
{
    std::string name;
    void (*run)(Isa isa, Failures& failures);
};
std::vector<Check> kernelChecks();

} // namespace quantoscope::test
