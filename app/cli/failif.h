// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/json.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace quantoscope {

/// Thresholds 'KEY<NUM' (also > <= >=) over the rows of an answer. A row crosses one when the comparison
/// holds for it; null crosses.
class FailIf
{
public:
    /// Throws UsageError for a text that does not parse.
    explicit FailIf(const std::vector<std::string>& texts);

    /// Throws UsageError where a key is no number of any of the rows, naming the nearest one.
    void checkKeys(const Json& rows) const;

    /// exitThreshold, after a sentence about each threshold crossed, or exitDone. Checks the keys too.
    int check(const Json& rows, std::ostream& err) const;

private:
    struct Threshold
    {
        std::string text;
        std::string key;
        std::string comparison;
        double limit = 0;
        bool crosses(const Json& value) const;
    };
    static Threshold parse(const std::string& text);
    std::vector<Threshold> m_thresholds;
};

void addFailIf(CLI::App& app, std::vector<std::string>& texts);

} // namespace quantoscope
