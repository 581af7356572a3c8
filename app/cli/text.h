// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace quantoscope {

// How the command line writes for people: English, never localized.

/// `digits` significant digits; "-" for NaN, "inf".
std::string numberText(double value, int digits = 6);
/// A fixed number of decimals; "-" for NaN.
std::string decimalsText(double value, int decimals);
/// 12,345,678
std::string countText(std::uint64_t value);
/// 512 B, 12.3 KiB, 1.5 MiB, …
std::string bytesText(std::uint64_t bytes);
/// 0.0125 → "1.25 %"
std::string percentText(double fraction);

/// Text from a file made safe for a terminal: control characters become '?'; longer than `columns`: cut in the middle.
std::string nameText(std::string_view text, std::size_t columns);

/// Terminal columns that UTF-8 text takes.
std::size_t displayWidth(std::string_view text);

/// Columns aligned by display width, two spaces apart, a rule under the titles. Elided: text from a file, left-aligned,
/// cut in the middle where the line would be longer than 100 columns.
class TextTable
{
public:
    enum class Align { Left, Right, Elided };
    void addColumn(std::string title, Align align = Align::Right);
    void addRow(std::vector<std::string> cells);
    void print(std::ostream& out) const;

private:
    struct Column
    {
        std::string title;
        Align align;
    };
    void printLine(std::ostream& out, const std::vector<std::string>& cells,
                   const std::vector<std::size_t>& widths) const;
    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace quantoscope
