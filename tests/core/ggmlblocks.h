// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the tests of the GGML formats share: blocks one by one, and values that are the same everywhere.

#include "core/quant/ggml/ggmlcodecs.h"

#include <QString>
#include <QTest>
#include <QtGlobal>
#include <algorithm>
#include <cstdint>
#include <vector>

namespace quantoscope::ggmltest {

using Bytes = std::vector<std::byte>;
using Floats = std::vector<float>;

inline const BlockCodec& codecNamed(const QString& name)
{
    for (const BlockCodec& codec : ggmlCodecs())
        if (name.toStdString() == codec.name)
            return codec;
    qFatal("no such codec");
}

inline Bytes encoded(const BlockCodec& codec, const Floats& values)
{
    Bytes bytes(values.size() / codec.elements * codec.bytes, std::byte{0xa5});
    for (std::size_t b = 0; b * codec.elements < values.size(); ++b)
        codec.encode(std::span(values).subspan(b * codec.elements, codec.elements),
                     std::span(bytes).subspan(b * codec.bytes, codec.bytes));
    return bytes;
}

inline Floats decoded(const BlockCodec& codec, const Bytes& bytes)
{
    Floats values(bytes.size() / codec.bytes * codec.elements);
    for (std::size_t b = 0; b * codec.elements < values.size(); ++b)
        codec.decode(std::span(bytes).subspan(b * codec.bytes, codec.bytes),
                     std::span(values).subspan(b * codec.elements, codec.elements));
    return values;
}

inline std::vector<std::int32_t> codesOf(const BlockCodec& codec, const Bytes& block)
{
    std::vector<std::int32_t> codes(codec.elements, -1);
    codec.readCodes(block, codes);
    return codes;
}

/// Lowest and highest value that each element of the block could have got.
inline std::vector<Interval> endsOf(const BlockCodec& codec, const Bytes& block)
{
    std::vector<SetParams> sets(codec.elements / codec.group);
    codec.readSets(block, sets);
    std::vector<Interval> ends;
    const auto endsOfLevels = [&](float scale) {
        const auto [lo, hi] = std::minmax({scale * codec.levels.front(), scale * codec.levels.back()});
        return Interval{lo, hi};
    };
    for (const SetParams& set : sets) {
        const Interval interval =
            codec.levels.empty() ? levelEnds(set, {0, codec.codes - 1}) : endsOfLevels(set.scale);
        ends.insert(ends.end(), codec.group, interval);
    }
    return ends;
}

/// SplitMix64.
struct Random
{
    quint64 state;
    quint64 next()
    {
        quint64 z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }
};

/// A nearly Gaussian value: the sum of twelve 24-bit uniforms, less 6. Exact in double, so the same everywhere.
inline float bellValue(Random& random)
{
    double sum = 0;
    for (int k = 0; k < 12; ++k)
        sum += static_cast<double>(random.next() >> 40) / 16777216.0;
    return static_cast<float>(sum - 6);
}

/// 4096 of them.
inline Floats bell()
{
    Random random{1};
    Floats values(4096);
    for (float& value : values)
        value = bellValue(random);
    return values;
}

/// A row for each codec.
inline void everyCodec()
{
    QTest::addColumn<QString>("name");
    for (const BlockCodec& codec : ggmlCodecs())
        QTest::newRow(std::string(codec.name).c_str())
            << QString::fromLatin1(codec.name.data(), static_cast<int>(codec.name.size()));
}

} // namespace quantoscope::ggmltest
