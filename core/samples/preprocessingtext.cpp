// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/labels.h"
#include "core/samples/preprocessing.h"
#include "core/support/error.h"
#include "core/support/mappedfile.h"
#include "core/support/nearestname.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

namespace quantoscope {

namespace {

using Pair = std::pair<std::string, std::string>;

[[noreturn]] void reject(const std::string& where, const std::string& reason)
{
    throw Error(ErrorCode::InvalidArgument,
                "Preprocessing '" + where + "': " + reason + (reason.ends_with('?') ? "" : "."), where);
}

std::vector<std::string> split(const std::string& text, char divider)
{
    std::vector<std::string> parts(1);
    for (const char one : text) {
        if (one == divider)
            parts.emplace_back();
        else
            parts.back() += one;
    }
    return parts;
}

template <class Number>
std::optional<Number> numberOf(std::string_view text)
{
    Number number{};
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc() || result.ptr != end)
        return std::nullopt;
    if constexpr (std::is_floating_point_v<Number>)
        if (!std::isfinite(number))
            return std::nullopt;
    return number;
}

template <class Value>
struct Word
{
    std::string_view name;
    Value value;
};
constexpr std::array<Word<InputLayout>, 2> layouts = {
    {{"nchw", InputLayout::Nchw}, {"nhwc", InputLayout::Nhwc}}};
constexpr std::array<Word<ImageColour>, 5> colours = {{{"rgb", ImageColour::Rgb},
                                                       {"bgr", ImageColour::Bgr},
                                                       {"gray", ImageColour::Gray},
                                                       {"rgb1", ImageColour::RgbOne},
                                                       {"bgr1", ImageColour::BgrOne}}};
constexpr std::array<Word<ImageFit>, 3> fitWords = {
    {{"stretch", ImageFit::Stretch}, {"crop", ImageFit::Crop}, {"pad", ImageFit::Pad}}};

/// Sets the value of one key after the other.
class Setter
{
public:
    explicit Setter(const std::string& where) : m_where(where) {}

    void set(const std::string& key, const std::string& value)
    {
        static const std::vector<std::string_view> keys = {"size", "layout", "color",  "scale",
                                                           "mean", "std",    "resize", "pad"};
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            const std::string near = nearestName(key, keys);
            reject(m_where, "unknown key '" + key + "'; "
                                + (near.empty() ? "known: size layout color scale mean std resize pad"
                                                : "did you mean '" + near + "'?"));
        }
        if (!m_seen.insert(key).second)
            reject(m_where, "'" + key + "' is given twice");
        if (key == "size")
            setSize(value);
        else if (key == "layout")
            m_result.layout = word(layouts, key, value);
        else if (key == "color")
            m_result.colour = word(colours, key, value);
        else if (key == "resize")
            m_result.fit = word(fitWords, key, value);
        else if (key == "scale")
            m_result.scale = fraction(key, value);
        else if (key == "pad")
            setPad(value);
        else
            setNumbers(key, value);
    }

    const Preprocessing& result() const { return m_result; }

private:
    template <class Value, std::size_t count>
    Value word(const std::array<Word<Value>, count>& words, const std::string& key,
               const std::string& value) const
    {
        std::string known;
        for (const Word<Value>& one : words) {
            if (one.name == value)
                return one.value;
            known.append(known.empty() ? "" : ", ").append(one.name);
        }
        reject(m_where, key + "=" + value + " is none of " + known);
    }

    double fraction(const std::string& key, const std::string& value) const
    {
        const std::vector<std::string> parts = split(value, '/');
        const auto top = numberOf<double>(parts[0]);
        const auto bottom = parts.size() == 2 ? numberOf<double>(parts[1]) : std::optional(1.0);
        if (parts.size() > 2 || !top || !bottom || *bottom == 0)
            reject(m_where, key + "=" + value + " is no number and no fraction like 1/255");
        return *top / *bottom;
    }

    void setSize(const std::string& value)
    {
        const std::vector<std::string> parts = split(value, 'x');
        const auto width = numberOf<std::size_t>(parts[0]);
        const auto height = parts.size() == 2 ? numberOf<std::size_t>(parts[1]) : std::nullopt;
        if (!width || !height || *width == 0 || *height == 0 || *width > maxImageSide
            || *height > maxImageSide)
            reject(m_where, "size=" + value + " is no WIDTHxHEIGHT like 320x48, each at most "
                                + std::to_string(maxImageSide));
        m_result.width = *width;
        m_result.height = *height;
    }

    void setPad(const std::string& value)
    {
        const auto number = numberOf<int>(value);
        if (!number || *number < 0 || *number > 255)
            reject(m_where, "pad=" + value + " is no whole number from 0 to 255");
        m_result.pad = *number;
    }

    void setNumbers(const std::string& key, const std::string& value)
    {
        std::vector<double>& numbers = key == "mean" ? m_result.mean : m_result.std;
        for (const std::string& part : split(value, ':'))
            numbers.push_back(fraction(key, part));
        if (key == "std" && std::find(numbers.begin(), numbers.end(), 0.0) != numbers.end())
            reject(m_where, "std=" + value + " would divide by 0");
    }

    const std::string& m_where;
    Preprocessing m_result;
    std::set<std::string> m_seen;
};

/// A value of the JSON as the text writes it.
std::string textOf(const nlohmann::json& value, const std::string& key, const std::string& where)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_number())
        return value.dump();
    if (!value.is_array() || value.empty())
        reject(where, "the value of '" + key + "' is no number, text or array of numbers");
    std::string text;
    for (const nlohmann::json& one : value) {
        if (!one.is_number())
            reject(where, "the array of '" + key + "' holds something else than numbers");
        text += (text.empty() ? "" : key == "size" ? "x" : ":") + one.dump();
    }
    return text;
}

std::vector<Pair> pairsOfJson(const std::string& path)
{
    constexpr std::size_t most = std::size_t{1} << 20;
    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    const auto* begin = reinterpret_cast<const char*>(bytes.data());
    const auto json = bytes.size() > most
                          ? nlohmann::json(nlohmann::json::value_t::discarded)
                          : nlohmann::json::parse(begin, begin + bytes.size(), nullptr, false);
    if (!json.is_object())
        throw Error(ErrorCode::FileFormat,
                    "Cannot read '" + path + "': it is no JSON object of at most 1 MiB.", path);
    std::vector<Pair> pairs;
    for (const auto& [key, value] : json.items())
        pairs.emplace_back(key, textOf(value, key, path));
    return pairs;
}

std::vector<Pair> pairsOfText(const std::string& text)
{
    std::vector<Pair> pairs;
    for (const std::string& part : split(text, ',')) {
        const std::size_t equals = part.find('=');
        if (equals == std::string::npos)
            reject(text, "'" + part + "' is no key=value (or name a .json file)");
        pairs.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    }
    return pairs;
}

} // namespace

Preprocessing parsePreprocessing(const std::string& text)
{
    Setter setter(text);
    if (!text.empty())
        for (const auto& [key, value] : extensionOf(text) == ".json" ? pairsOfJson(text) : pairsOfText(text))
            setter.set(key, value);
    return setter.result();
}

} // namespace quantoscope
