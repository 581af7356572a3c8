// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/leveltable.h"

#include "app/cli/text.h"
#include "core/quant/levelgrid.h"
#include "core/tensor/dtype.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <set>

namespace quantoscope {

namespace {

constexpr std::uint64_t billion = 1'000'000'000;

std::string shortLevel(float value)
{
    // Two decimals, as published tables print them; "-0.67", "1.43", "2.0".
    const double rounded = std::round(static_cast<double>(value) * 100) / 100;
    std::string text = numberText(rounded, 9);
    if (text.find_first_of(".e") == std::string::npos)
        text += ".0";
    return text;
}

std::string levelList(const std::vector<float>& values)
{
    constexpr std::size_t shown = 8;
    std::string text;
    const auto put = [&text](float value) { text += (text.empty() ? "" : ", ") + shortLevel(value); };
    if (values.size() <= shown) {
        for (const float value : values)
            put(value);
        return text;
    }
    for (std::size_t i = 0; i < 3; ++i)
        put(values[i]);
    std::string tail;
    for (std::size_t i = values.size() - 3; i < values.size(); ++i)
        tail += (tail.empty() ? "" : ", ") + shortLevel(values[i]);
    return text + ", … " + tail;
}

LevelTableRow uniformRow(int bits, Grid kind, float bound, std::string whereMet)
{
    Scheme scheme;
    scheme.bits = bits;
    scheme.grid = kind;
    const LevelGrid grid = gridFor(scheme, {-bound, bound});
    const std::vector<float> all = grid.values();
    LevelTableRow row;
    row.bits = bits;
    row.name = nameOf(kind);
    row.scheme = scheme;
    row.codes = std::uint64_t{1} << bits;
    row.levels = all.size();
    if (all.size() <= 32)
        row.values = all;
    row.example = levelList(all) + ", step " + numberText(static_cast<double>(grid.set.scale), 3);
    row.bytesPerBillion = bytesPerBillion(bits);
    row.whereMet = std::move(whereMet);
    return row;
}

LevelTableRow binaryRow()
{
    Scheme scheme;
    scheme.format = Format::Binary;
    scheme.bits = 1;
    LevelTableRow row;
    row.bits = 1;
    row.name = "binary";
    row.scheme = scheme;
    row.codes = 2;
    row.values = gridFor(scheme, {-1, 1}).values();
    row.levels = row.values.size();
    row.example = "-1, +1 times a scale";
    row.bytesPerBillion = bytesPerBillion(1);
    row.whereMet = "binary networks";
    return row;
}

LevelTableRow ternaryRow()
{
    Scheme scheme;
    scheme.format = Format::Ternary;
    scheme.bits = 2;
    LevelTableRow row;
    row.bits = 1.58; // log2(3)
    row.name = "ternary";
    row.scheme = scheme;
    row.values = gridFor(scheme, {-1, 1}).values();
    row.codes = row.levels = row.values.size();
    row.example = "-1, 0, +1 times a scale (2 bits stored; 0.2 GB at 5 trits a byte)";
    row.bytesPerBillion = bytesPerBillion(2);
    row.packedBytesPerBillion = billion / 5; // 3^5 = 243 fit into a byte
    row.whereMet = "ternary networks";
    return row;
}

std::uint64_t distinctHalves()
{
    std::set<float> values; // -0 and +0 compare equal
    for (std::uint32_t bits = 0; bits <= std::numeric_limits<std::uint16_t>::max(); ++bits) {
        const float value = floatFromHalf(static_cast<std::uint16_t>(bits));
        if (std::isfinite(value))
            values.insert(value);
    }
    return values.size();
}

/// Too many to visit: every pattern but those of the highest exponent is a finite number, and ±0 are one.
std::uint64_t distinctFloats()
{
    using Limits = std::numeric_limits<float>;
    constexpr std::uint64_t patterns = std::uint64_t{1} << 32;
    constexpr std::uint64_t notFinite = std::uint64_t{2} << (Limits::digits - 1); // both signs
    return patterns - notFinite - 1;
}

LevelTableRow floatRow(int bits, std::string name, std::uint64_t values, std::string example,
                       std::string whereMet)
{
    LevelTableRow row;
    row.bits = bits;
    row.name = std::move(name);
    row.codes = std::uint64_t{1} << bits;
    row.levels = values;
    row.example = std::move(example);
    row.bytesPerBillion = bytesPerBillion(bits);
    row.whereMet = std::move(whereMet);
    return row;
}

} // namespace

std::uint64_t bytesPerBillion(int bits) { return billion / 8 * static_cast<std::uint64_t>(bits); }

std::vector<Scheme> LevelTable::schemes() const
{
    std::vector<Scheme> list;
    for (const LevelTableRow& row : rows) {
        if (row.scheme)
            list.push_back(*row.scheme);
    }
    return list;
}

LevelTable levelTable(Interval range)
{
    LevelTable table;
    table.bound = std::max(std::abs(range.lo), std::abs(range.hi));
    const auto uniform = [&table](int bits, Grid grid, std::string whereMet) {
        return uniformRow(bits, grid, table.bound, std::move(whereMet));
    };
    table.rows = {
        binaryRow(),
        ternaryRow(),
        uniform(2, Grid::MidRise, "trials, the very smallest models"),
        uniform(3, Grid::MidRise, "small chat models, experiments"),
        uniform(4, Grid::Symmetric, "language models on a laptop (GGML formats)"),
        uniform(5, Grid::MidRise, "the careful choice"),
        uniform(8, Grid::Symmetric, "INT8 inference, TFLite, ONNX"),
        floatRow(16, "float16", distinctHalves(), "almost float", "FP16 inference on GPUs"),
        floatRow(32, "float32", distinctFloats(), "floating point itself", "training"),
    };
    table.rows[6].example =
        "close to FP32, step " + numberText(static_cast<double>(table.bound) * 2 / 254, 3);
    return table;
}

Json levelTableJson(const LevelTable& table, const Json& meta)
{
    Json rows = Json::array();
    for (const LevelTableRow& row : table.rows) {
        Json json;
        json["bits"] = row.bits == std::floor(row.bits) ? Json(static_cast<int>(row.bits)) : Json(row.bits);
        json["grid"] = row.name;
        json["scheme"] = row.scheme ? Json(toText(*row.scheme)) : Json(nullptr);
        json["codes"] = row.codes;
        json["levels"] = row.levels;
        json["values"] = nullptr;
        if (!row.values.empty())
            json["values"] = std::vector<double>(row.values.begin(), row.values.end());
        json["example"] = row.example;
        json["bytesPerBillion"] = row.bytesPerBillion;
        json["packedBytesPerBillion"] = row.packedBytesPerBillion.value_or(row.bytesPerBillion);
        json["whereMet"] = row.whereMet;
        rows.push_back(std::move(json));
    }
    Json json;
    json["bound"] = static_cast<double>(table.bound);
    json["rows"] = std::move(rows);
    json["meta"] = meta;
    return json;
}

void printLevelTable(std::ostream& out, const LevelTable& table)
{
    out << "What each width can say, on [-L, L] with L = " << numberText(static_cast<double>(table.bound))
        << ". Codes: bit patterns; levels: distinct finite values\nof the grid named; GB: 10^9 bytes for "
           "1,000,000,000 parameters, weights alone.\n\n";
    TextTable text;
    text.addColumn("bits");
    text.addColumn("grid", TextTable::Align::Left);
    text.addColumn("codes");
    text.addColumn("levels");
    text.addColumn("GB");
    text.addColumn("where it is met", TextTable::Align::Left);
    for (const LevelTableRow& row : table.rows) {
        text.addRow({numberText(row.bits), row.name, countText(row.codes), countText(row.levels),
                     numberText(static_cast<double>(row.bytesPerBillion) / 1e9), row.whereMet});
    }
    text.print(out);
    out << '\n';
    for (const LevelTableRow& row : table.rows)
        out << numberText(row.bits) << (row.bits == 1 ? " bit: " : " bits: ") << row.example << '\n';
}

} // namespace quantoscope
