// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

namespace quantoscope {

namespace {

constexpr std::size_t lineColumns = 100;
constexpr std::size_t leastElided = 12;

/// Bytes of the UTF-8 sequence that starts with `lead`; 1 for anything else.
std::size_t sequenceLength(unsigned char lead)
{
    if (lead >= 0xf0)
        return 4;
    if (lead >= 0xe0)
        return 3;
    return lead >= 0xc0 ? 2 : 1;
}

std::uint32_t codePointAt(std::string_view text, std::size_t at, std::size_t length)
{
    if (length == 1)
        return static_cast<unsigned char>(text[at]);
    std::uint32_t point = static_cast<unsigned char>(text[at]) & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i)
        point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    return point;
}

std::size_t widthOf(std::uint32_t point)
{
    if (point >= 0x300 && point < 0x370) // combining marks
        return 0;
    const bool wide = (point >= 0x1100 && point < 0x1160) || (point >= 0x2e80 && point < 0xa4d0)
                      || (point >= 0xac00 && point < 0xd7a4) || (point >= 0xf900 && point < 0xfb00)
                      || (point >= 0xff00 && point < 0xff61) || (point >= 0x1f300 && point < 0x20000)
                      || (point >= 0x20000 && point < 0x30000);
    return wide ? 2 : 1;
}

struct Glyph
{
    std::string_view bytes;
    std::uint32_t point;
};

std::vector<Glyph> glyphsOf(std::string_view text)
{
    std::vector<Glyph> glyphs;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length =
            std::min(sequenceLength(static_cast<unsigned char>(text[at])), text.size() - at);
        glyphs.push_back({text.substr(at, length), codePointAt(text, at, length)});
        at += length;
    }
    return glyphs;
}

/// The longest run of glyphs from `begin` on, in steps of `step`, that fits into `columns`.
template <class Iterator>
Iterator fitting(Iterator begin, Iterator end, std::size_t columns)
{
    std::size_t used = 0;
    while (begin != end && used + widthOf(begin->point) <= columns)
        used += widthOf((begin++)->point);
    return begin;
}

} // namespace

std::string numberText(double value, int digits)
{
    if (std::isnan(value))
        return "-";
    std::array<char, 64> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value + 0.0,
                                   std::chars_format::general, digits)
                         .ptr;
    return {buffer.data(), end};
}

std::string decimalsText(double value, int decimals)
{
    if (std::isnan(value))
        return "-";
    std::array<char, 64> buffer;
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                            std::chars_format::fixed, decimals);
    return error == std::errc{} ? std::string(buffer.data(), end) : numberText(value);
}

std::string countText(std::uint64_t value)
{
    std::string text = std::to_string(value);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string bytesText(std::uint64_t bytes)
{
    constexpr std::array<std::string_view, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return numberText(value, value >= 1000 ? 4 : 3) + ' ' + std::string(units[unit]);
}

std::string percentText(double fraction)
{
    return std::isnan(fraction) ? "-" : numberText(fraction * 100, 3) + " %";
}

std::string nameText(std::string_view text, std::size_t columns)
{
    std::string safe;
    for (const Glyph& glyph : glyphsOf(text)) {
        const bool control = glyph.point < 0x20 || (glyph.point >= 0x7f && glyph.point < 0xa0);
        safe += control ? std::string_view("?") : glyph.bytes;
    }
    if (displayWidth(safe) <= columns)
        return safe;
    const std::vector<Glyph> glyphs = glyphsOf(safe);
    std::string cut;
    const std::size_t tail = (columns - 1) * 2 / 3; // names differ at their ends
    for (auto at = glyphs.begin(); at != fitting(glyphs.begin(), glyphs.end(), columns - 1 - tail); ++at)
        cut += at->bytes;
    cut += "…";
    for (auto at = fitting(glyphs.rbegin(), glyphs.rend(), tail).base(); at != glyphs.end(); ++at)
        cut += at->bytes;
    return cut;
}

std::size_t displayWidth(std::string_view text)
{
    std::size_t width = 0;
    for (const Glyph& glyph : glyphsOf(text))
        width += widthOf(glyph.point);
    return width;
}

void TextTable::addColumn(std::string title, Align align) { m_columns.push_back({std::move(title), align}); }

void TextTable::addRow(std::vector<std::string> cells)
{
    cells.resize(m_columns.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (m_columns[i].align == Align::Elided)
            cells[i] = nameText(cells[i], std::string::npos);
    }
    m_rows.push_back(std::move(cells));
}

void TextTable::print(std::ostream& out) const
{
    std::vector<std::size_t> widths;
    std::vector<std::string> titles;
    std::size_t total = 0;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        titles.push_back(m_columns[i].title);
        std::size_t width = displayWidth(m_columns[i].title);
        for (const auto& row : m_rows)
            width = std::max(width, displayWidth(row[i]));
        widths.push_back(width);
        total += width + (i == 0 ? 0 : 2);
    }
    std::vector<std::string> rules;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (m_columns[i].align == Align::Elided && total > lineColumns)
            widths[i] = std::max(widths[i] - std::min(widths[i], total - lineColumns), leastElided);
        rules.emplace_back(widths[i], '-');
    }
    printLine(out, titles, widths);
    printLine(out, rules, widths);
    for (const auto& row : m_rows)
        printLine(out, row, widths);
}

void TextTable::printLine(std::ostream& out, const std::vector<std::string>& cells,
                          const std::vector<std::size_t>& widths) const
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Align align = m_columns[i].align;
        const std::string cell = align == Align::Elided ? nameText(cells[i], widths[i]) : cells[i];
        const std::string space(widths[i] - displayWidth(cell), ' ');
        line += i == 0 ? "" : "  ";
        line += align == Align::Right ? space + cell : cell + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
}

} // namespace quantoscope
