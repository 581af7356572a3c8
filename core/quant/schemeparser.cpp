// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/formats.h"
#include "core/quant/presets.h"
#include "core/quant/scheme.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace quantoscope {

namespace {

/// A piece of the text with its position in the whole.
struct Piece
{
    std::string_view text;
    std::size_t at = 0;

    /// The parts between separators, positions kept.
    std::vector<Piece> split(char separator) const
    {
        std::vector<Piece> parts;
        std::size_t begin = 0;
        while (true) {
            const std::size_t end = std::min(text.find(separator, begin), text.size());
            parts.push_back({text.substr(begin, end - begin), at + begin});
            if (end == text.size())
                return parts;
            begin = end + 1;
        }
    }
};

/// As messages quote it: no longer than a line, without what a terminal would act on.
std::string shown(std::string_view text)
{
    constexpr std::size_t most = 160;
    std::string safe(text.substr(0, most));
    for (char& c : safe)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = '?';
    return text.size() > most ? safe + "…" : safe;
}

class Parser
{
public:
    explicit Parser(std::string_view text) : m_text(text) {}

    Scheme parse()
    {
        if (m_text.empty())
            fail({m_text, 0}, "it is empty; try 'bits=8' or a preset such as 'int8-per-channel'");
        Scheme scheme;
        bool first = true;
        for (const Piece& piece : Piece{m_text, 0}.split(',')) {
            const std::size_t equals = piece.text.find('=');
            if (equals == std::string_view::npos && first)
                scheme = preset(piece);
            else
                assign(scheme, piece, equals);
            first = false;
        }
        validate(scheme);
        return scheme;
    }

private:
    [[noreturn]] void fail(const Piece& where, const std::string& message) const
    {
        throw Error(ErrorCode::SchemeText,
                    "Scheme '" + shown(m_text) + "', position " + std::to_string(where.at + 1) + ": "
                        + message + ".",
                    std::string(m_text));
    }

    [[noreturn]] void failUnknown(const Piece& piece, const std::string& what,
                                  const std::vector<std::string_view>& known) const
    {
        std::string message = "unknown " + what + " '" + shown(piece.text) + "'";
        const std::string nearest = nearestName(piece.text, known);
        if (!nearest.empty())
            fail(piece, message + "; the nearest known is '" + nearest + "'");
        message += "; known:";
        for (const std::string_view name : known)
            message.append(" ").append(name);
        fail(piece, message);
    }

    bool contains(std::string_view key) const
    {
        return std::find(m_seen.begin(), m_seen.end(), key) != m_seen.end();
    }

    Scheme preset(const Piece& piece) const
    {
        std::vector<std::string_view> names;
        for (const Preset& candidate : presets()) {
            if (candidate.name == piece.text)
                return Parser(candidate.scheme).parse();
            names.push_back(candidate.name);
        }
        failUnknown(piece, "preset", names);
    }

    void assign(Scheme& scheme, const Piece& piece, std::size_t equals)
    {
        const Piece key{piece.text.substr(0, equals), piece.at};
        if (equals == std::string_view::npos)
            fail(piece, "'" + shown(piece.text) + "' is no key=value pair; a preset stands first");
        const Piece value{piece.text.substr(equals + 1), piece.at + equals + 1};
        static const std::vector<std::string_view> known = {
            "format",          "bits",      "grid",        "codes",    "granularity", "range",
            "rounding",        "scale",     "scaling",     "exponent", "threshold",   "algorithm",
            "outliers",        "act",       "act.format",  "act.bits", "act.grid",    "act.codes",
            "act.granularity", "act.range", "act.rounding"};
        if (std::find(known.begin(), known.end(), key.text) == known.end())
            failUnknown(key, "key", known);
        if (contains(key.text))
            fail(key, "'" + shown(key.text) + "' is given twice");
        if (key.text == "act.bits" && contains("act"))
            fail(key, "'act.bits' is given twice: 'act' is short for it");
        m_seen.push_back(key.text);
        if (value.text.empty())
            fail(value, "'" + shown(key.text) + "' has no value");
        constexpr std::string_view actPrefix = "act.";
        if (key.text == "act") {
            setAct(scheme, value);
        } else if (key.text.starts_with(actPrefix)) {
            if (!scheme.act)
                scheme.act.emplace();
            setGrid(*scheme.act, key.text.substr(actPrefix.size()), actPrefix, value);
        } else if (!setGrid(scheme, key.text, "", value)) {
            setRest(scheme, key.text, value);
        }
    }

    /// The keys that weights and activations share.
    template <class Part>
    bool setGrid(Part& part, std::string_view key, std::string_view prefix, const Piece& value)
    {
        if (key == "format")
            setFormat(part, std::string(prefix) + "bits", value);
        else if (key == "bits")
            part.bits = static_cast<int>(integer(value, 1, 16));
        else if (key == "grid")
            part.grid = named<Grid>(value, "grid", 8);
        else if (key == "codes")
            part.codes = codes(value);
        else if (key == "granularity")
            part.granularity = granularity(value);
        else if (key == "range")
            part.range = range(value);
        else if (key == "rounding")
            part.rounding = rounding(value);
        else
            return false;
        return true;
    }

    void setRest(Scheme& scheme, std::string_view key, const Piece& value)
    {
        if (key == "scale")
            scheme.scale = named<ScaleType>(value, "scale type", 5);
        else if (key == "scaling")
            scheme.scaling = named<Scaling>(value, "scaling", 2);
        else if (key == "exponent")
            scheme.exponent = named<ExponentRule>(value, "exponent rule", 4);
        else if (key == "threshold")
            scheme.threshold = named<TernaryRule>(value, "threshold", 3);
        else if (key == "algorithm")
            scheme.algorithm = named<Algorithm>(value, "algorithm", 6);
        else
            scheme.outliers = real(value);
    }

    template <class Part>
    void setFormat(Part& part, std::string_view bitsKey, const Piece& value)
    {
        part.format = named<Format>(value, "format", formats().size());
        if (!contains(bitsKey))
            part.bits = infoOf(part.format).bits != 0 ? infoOf(part.format).bits : 8;
    }

    void setAct(Scheme& scheme, const Piece& value)
    {
        if (contains("act.bits"))
            fail(value, "'act' is short for 'act.bits', which is given too");
        if (value.text == "none") {
            if (scheme.act && std::any_of(m_seen.begin(), m_seen.end(), [](std::string_view key) {
                    return key.starts_with("act.");
                }))
                fail(value, "'act=none' contradicts the 'act.' keys before it");
            scheme.act.reset();
            return;
        }
        if (!scheme.act)
            scheme.act.emplace();
        scheme.act->bits = static_cast<int>(integer(value, 1, 16));
    }

    /// One of the first `count` names of an enumeration.
    template <class Enum>
    Enum named(const Piece& value, const std::string& what, std::size_t count) const
    {
        std::vector<std::string_view> names;
        for (std::size_t i = 0; i < count; ++i)
            names.push_back(nameOf(static_cast<Enum>(i)));
        return static_cast<Enum>(choice(value, what, names));
    }

    std::size_t choice(const Piece& value, const std::string& what,
                       const std::vector<std::string_view>& names) const
    {
        const auto found = std::find(names.begin(), names.end(), value.text);
        if (found == names.end())
            failUnknown(value, what, names);
        return static_cast<std::size_t>(found - names.begin());
    }

    template <class T>
    std::optional<T> number(const Piece& piece) const
    {
        T result{};
        const char* end = piece.text.data() + piece.text.size();
        const auto [stopped, error] = std::from_chars(piece.text.data(), end, result);
        if (error != std::errc{} || stopped != end)
            return std::nullopt;
        return result;
    }

    std::int64_t integer(const Piece& piece, std::int64_t min, std::int64_t max) const
    {
        const auto value = number<std::int64_t>(piece);
        if (!value || *value < min || *value > max)
            fail(piece, "'" + shown(piece.text) + "' is no whole number from " + std::to_string(min) + " to "
                            + std::to_string(max));
        return *value;
    }

    double real(const Piece& piece) const
    {
        const auto value = number<double>(piece);
        if (!value || !std::isfinite(*value))
            fail(piece, "'" + shown(piece.text) + "' is no finite number");
        return *value;
    }

    /// NAME or NAME:PARAMETER…; `parameters` colon-separated parts must follow the name.
    std::vector<Piece> parts(const Piece& value, std::size_t parameters, const std::string& form) const
    {
        std::vector<Piece> found = value.split(':');
        if (found.size() != parameters + 1)
            fail(value, "'" + shown(value.text) + "' is not of the form " + form);
        return found;
    }

    Codes codes(const Piece& value) const
    {
        if (value.text == "signed")
            return {Codes::Kind::Signed, 0, 0};
        if (value.text == "unsigned")
            return {Codes::Kind::Unsigned, 0, 0};
        const auto ends = parts(value, 1, "signed, unsigned or QMIN:QMAX");
        return {Codes::Kind::Explicit, static_cast<int>(integer(ends[0], -32768, 65535)),
                static_cast<int>(integer(ends[1], -32768, 65535))};
    }

    Granularity granularity(const Piece& value) const
    {
        using Kind = Granularity::Kind;
        const Piece name = value.split(':').front();
        const auto kind =
            static_cast<Kind>(choice(name, "granularity", {"tensor", "channel", "group", "row"}));
        if (kind == Kind::Group)
            return {kind, -1, integer(parts(value, 1, "group:N")[1], 1, std::int64_t{1} << 40)};
        if (kind == Kind::Channel && name.text != value.text)
            return {kind, static_cast<int>(integer(parts(value, 1, "channel:AXIS")[1], 0, 15)), 0};
        parts(value, 0, std::string(name.text));
        return {kind, -1, 0};
    }

    RangeRule range(const Piece& value) const
    {
        using Kind = RangeRule::Kind;
        const Piece name = value.split(':').front();
        switch (choice(name, "range",
                       {"minmax", "mse", "entropy", "dynamic", "percentile", "ratio", "sigma", "ema",
                        "manual", "aciq"})) {
        case 0:
            return plainRange(Kind::MinMax, value, name);
        case 1:
            return plainRange(Kind::Mse, value, name);
        case 2:
            return plainRange(Kind::Entropy, value, name);
        case 3:
            return plainRange(Kind::Dynamic, value, name);
        case 4:
            return {Kind::Percentile, real(parts(value, 1, "percentile:P")[1]), 0};
        case 5:
            return {Kind::Ratio, real(parts(value, 1, "ratio:R")[1]), 0};
        case 6:
            return {Kind::Sigma, real(parts(value, 1, "sigma:K")[1]), 0};
        case 7:
            return {Kind::Ema, real(parts(value, 1, "ema:C")[1]), 0};
        case 8: {
            const auto ends = parts(value, 2, "manual:LO:HI");
            return {Kind::Manual, real(ends[1]), real(ends[2])};
        }
        default:
            break;
        }
        if (name.text == value.text)
            return {Kind::Aciq, 0, 0};
        const Piece source = parts(value, 1, "aciq, aciq:gauss or aciq:laplace")[1];
        return {choice(source, "distribution", {"gauss", "laplace"}) == 0 ? Kind::AciqGauss
                                                                          : Kind::AciqLaplace,
                0, 0};
    }

    RangeRule plainRange(RangeRule::Kind kind, const Piece& value, const Piece& name) const
    {
        parts(value, 0, std::string(name.text));
        return {kind, 0, 0};
    }

    Rounding rounding(const Piece& value) const
    {
        const auto kind = named<Rounding::Kind>(value.split(':').front(), "rounding", 5);
        if (kind != Rounding::Kind::Stochastic) {
            parts(value, 0, std::string(nameOf(kind)));
            return {kind, 0};
        }
        const Piece seed = parts(value, 1, "stochastic:SEED")[1];
        const auto parsed = number<std::uint64_t>(seed);
        if (!parsed)
            fail(seed, "'" + shown(seed.text) + "' is no whole number from 0");
        return {kind, *parsed};
    }

    std::string_view m_text;
    std::vector<std::string_view> m_seen;
};

} // namespace

Scheme parseScheme(std::string_view text) { return Parser(text).parse(); }

} // namespace quantoscope
