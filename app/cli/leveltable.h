// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/grid.h"
#include "core/report/json.h"

#include <cstdint>
#include <iosfwd>
#include <optional>

namespace quantoscope {

/// What each width can say: one row for 1, 1.58, 2, 3, 4, 5, 8, 16 and 32 bits.
struct LevelTableRow
{
    double bits = 0;
    std::string name;             ///< of the grid shown, for people
    std::optional<Scheme> scheme; ///< when it is one of ours
    std::uint64_t codes = 0;      ///< bit patterns or code words of that width
    std::uint64_t levels = 0;     ///< distinct finite values, counted
    std::vector<float> values;    ///< all levels; empty where there are more than 32
    std::string example;
    std::uint64_t bytesPerBillion = 0;                  ///< as stored, per 1e9 parameters, weights alone
    std::optional<std::uint64_t> packedBytesPerBillion; ///< the densest packing, where it is another
    std::string whereMet;
};

struct LevelTable
{
    float bound = 2; ///< L
    std::vector<LevelTableRow> rows;
    std::vector<Scheme> schemes() const;
};

/// L is the larger magnitude of the range.
LevelTable levelTable(Interval range);

Json levelTableJson(const LevelTable& table, const Json& meta);
void printLevelTable(std::ostream& out, const LevelTable& table);

/// 1e9 · bits / 8.
std::uint64_t bytesPerBillion(int bits);

} // namespace quantoscope
