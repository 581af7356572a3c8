// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/proportions.h"

#include <charconv>
#include <cmath>

namespace quantoscope {

namespace {

/// Three significant digits, whatever the locale.
std::string number(double value)
{
    char text[32];
    const auto end =
        std::to_chars(std::begin(text), std::end(text), value, std::chars_format::general, 3).ptr;
    return {std::begin(text), end};
}

std::string percent(double share) { return number(100 * share) + " %"; }

std::string counted(std::uint64_t count, const std::string& what)
{
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

std::string smallestText(const Provable& result, const PairedAnswers& answers, double level)
{
    const std::string sample = "With " + counted(answers.samples, "sample");
    const std::string rule =
        std::to_string(result.smallestLost) + " answers lost, none gained, for p < " + number(level);
    if (std::isnan(result.smallestDrop))
        return sample + " no drop of the accuracy can be proven: it takes " + rule + ".";
    return sample + " the smallest drop of the accuracy that can be proven is " + percent(result.smallestDrop)
           + " (" + rule + ").";
}

std::string observedText(const Provable& result, const PairedAnswers& answers)
{
    const std::string counts = "(" + std::to_string(answers.lost) + " lost, " + std::to_string(answers.gained)
                               + " gained, p = " + number(mcnemarP(answers.lost, answers.gained)) + ")";
    if (answers.lost == answers.gained)
        return "No difference was seen " + counts + ".";
    const bool drop = answers.lost > answers.gained;
    if (!drop)
        return "No drop was seen but a gain of " + percent(answers.difference()) + ' ' + counts + ".";
    return "The drop of " + percent(-answers.difference()) + " seen here is " + (result.proven ? "" : "not ")
           + "proven " + counts + ".";
}

} // namespace

Provable provable(const PairedAnswers& answers, std::uint64_t comparisons)
{
    const double level = 0.05 / static_cast<double>(comparisons);
    Provable result;
    result.smallestLost = 1;
    while (mcnemarP(result.smallestLost, 0) >= level)
        ++result.smallestLost;
    result.smallestDrop = answers.samples < result.smallestLost ? std::nan("")
                                                                : static_cast<double>(result.smallestLost)
                                                                      / static_cast<double>(answers.samples);
    result.proven = answers.lost > answers.gained && mcnemarP(answers.lost, answers.gained) < level;
    result.sentence = smallestText(result, answers, level) + ' ' + observedText(result, answers);
    return result;
}

} // namespace quantoscope
