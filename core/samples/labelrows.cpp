// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/labelrows.h"

#include "core/formats/utf8.h"
#include "core/support/error.h"
#include "core/support/mappedfile.h"

#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

namespace quantoscope {

namespace {

struct Row
{
    std::size_t line = 1; ///< where it starts
    std::vector<std::string> fields;
};

/// RFC 4180, line ends of any kind; empty lines are left out.
class CsvReader
{
public:
    CsvReader(std::string_view text, const std::filesystem::path& path) : m_rest(text), m_path(path)
    {
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        if (m_rest.starts_with(mark))
            m_rest.remove_prefix(mark.size());
    }

    std::optional<Row> next()
    {
        while (!m_rest.empty() && (m_rest.front() == '\n' || m_rest.front() == '\r'))
            take();
        if (m_rest.empty())
            return std::nullopt;
        Row row{m_line, {}};
        do
            row.fields.push_back(field());
        while (acceptComma());
        if (!m_rest.empty() && m_rest.front() != '\n' && m_rest.front() != '\r')
            reject(row.line, "characters follow a closing quote");
        return row;
    }

    [[noreturn]] void reject(std::size_t line, const std::string& reason) const
    {
        throw Error(ErrorCode::FileFormat,
                    "Labels in '" + m_path.string() + "', line " + std::to_string(line) + ": " + reason + ".",
                    m_path.string());
    }

private:
    char take()
    {
        const char one = m_rest.front();
        m_rest.remove_prefix(1);
        m_line += one == '\n' ? 1 : 0;
        return one;
    }

    bool acceptComma()
    {
        const bool comma = m_rest.starts_with(',');
        m_rest.remove_prefix(comma ? 1 : 0);
        return comma;
    }

    std::string field()
    {
        if (!m_rest.starts_with('"')) {
            const std::size_t end = std::min(m_rest.find_first_of(",\r\n"), m_rest.size());
            std::string text(m_rest.substr(0, end));
            m_rest.remove_prefix(end);
            return text;
        }
        const std::size_t line = m_line;
        std::string text;
        take();
        while (!m_rest.empty()) {
            const char one = take();
            if (one != '"')
                text += one;
            else if (m_rest.starts_with('"'))
                text += take();
            else
                return text;
        }
        reject(line, "a quote is not closed");
    }

    std::string_view m_rest;
    std::size_t m_line = 1;
    const std::filesystem::path& m_path;
};

std::optional<std::int64_t> integerOf(std::string_view text)
{
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    std::int64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::string inQuotes(std::string_view name) { return "'" + validUtf8(name) + "'"; }

} // namespace

std::vector<std::int64_t> labelsFromCsv(const std::filesystem::path& path,
                                        std::span<const std::string> sampleNames)
{
    const auto file = MappedFile::open(path);
    CsvReader reader({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()}, path);
    if (sampleNames.empty())
        reader.reject(1, "these samples are not files that rows file,label could name; give a .npy instead");
    std::unordered_map<std::string, std::size_t> indices;
    for (std::size_t i = 0; i < sampleNames.size(); ++i)
        indices.emplace(sampleNames[i], i);
    std::vector<std::int64_t> labels(sampleNames.size(), -1);
    bool isFirst = true;
    while (const auto row = reader.next()) {
        if (row->fields.size() != 2)
            reader.reject(row->line, "two fields, file,label, are expected, but there are "
                                         + std::to_string(row->fields.size()));
        const auto label = integerOf(row->fields[1]);
        const bool isHeader = std::exchange(isFirst, false) && !label;
        if (isHeader)
            continue;
        if (!label || *label < 0)
            reader.reject(row->line, inQuotes(row->fields[1]) + " is no class, an integer from 0");
        const auto at = indices.find(row->fields[0]);
        if (at == indices.end())
            reader.reject(row->line, "there is no sample " + inQuotes(row->fields[0]));
        if (labels[at->second] >= 0)
            reader.reject(row->line, inQuotes(row->fields[0]) + " has a label already");
        labels[at->second] = *label;
    }
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] < 0)
            throw Error(ErrorCode::InvalidArgument,
                        "Labels in '" + path.string() + "': there is none for " + inQuotes(sampleNames[i])
                            + ".",
                        path.string());
    return labels;
}

} // namespace quantoscope
