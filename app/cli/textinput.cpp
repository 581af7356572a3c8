// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/textinput.h"

#include "app/cli/job.h"

#include <charconv>
#include <cmath>

namespace quantoscope {

namespace {

template <class T>
std::optional<T> parseNumber(std::string_view text)
{
    if (text.starts_with('+') && !text.starts_with("+-"))
        text.remove_prefix(1);
    T value{};
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || text.empty())
        return std::nullopt;
    return value;
}

[[noreturn]] void failAt(std::string_view option, std::string_view whole, std::string_view piece,
                         const std::string& message)
{
    const auto position = static_cast<std::size_t>(piece.data() - whole.data()) + 1;
    throw UsageError(std::string(option) + " '" + std::string(whole) + "', position "
                     + std::to_string(position) + ": '" + std::string(piece) + "' " + message + ".");
}

} // namespace

std::optional<double> parseDouble(std::string_view text) { return parseNumber<double>(text); }

std::vector<std::string_view> splitText(std::string_view text, char separator)
{
    std::vector<std::string_view> pieces;
    while (true) {
        const std::size_t end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return text.substr(0, 0);
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<float> parseValues(std::string_view text)
{
    if (trimmed(text).empty())
        throw UsageError("--values is empty; give numbers such as --values 1.1,2.4,-0.3.");
    std::vector<float> values;
    for (const std::string_view piece : splitText(text, ',')) {
        const std::string_view number = trimmed(piece);
        if (const auto value = parseNumber<float>(number)) {
            values.push_back(*value);
            continue;
        }
        // Out of float32's range: too small becomes 0 as any conversion would, too large is no number we can hold.
        const auto wide = parseNumber<double>(number);
        if (!wide)
            failAt("--values", text, number, "is no number");
        if (std::abs(*wide) > 1)
            failAt("--values", text, number, "is beyond float32");
        values.push_back(static_cast<float>(*wide));
    }
    return values;
}

Interval parseRange(std::string_view text)
{
    const auto pieces = splitText(text, ':');
    if (pieces.size() != 2)
        throw UsageError("--range '" + std::string(text) + "' is not of the form LO:HI.");
    float ends[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto value = parseNumber<float>(trimmed(pieces[i]));
        if (!value || !std::isfinite(*value))
            failAt("--range", text, pieces[i], "is no finite float32 number");
        ends[i] = *value;
    }
    if (!(ends[0] < ends[1]))
        throw UsageError("--range '" + std::string(text) + "' needs LO < HI.");
    return {ends[0], ends[1]};
}

BitRange parseBits(std::string_view text)
{
    const std::size_t dots = text.find("..");
    const std::string_view first = text.substr(0, dots);
    const std::string_view last = dots == std::string_view::npos ? first : text.substr(dots + 2);
    BitRange range;
    for (const auto& [piece, bits] : {std::pair{first, &range.first}, std::pair{last, &range.last}}) {
        const auto value = parseNumber<int>(piece);
        if (!value || *value < 1 || *value > 16)
            failAt("--bits", text, piece, "is no whole number from 1 to 16; the form is A..B");
        *bits = *value;
    }
    if (range.first > range.last)
        throw UsageError("--bits '" + std::string(text) + "' needs A ≤ B.");
    return range;
}

} // namespace quantoscope
