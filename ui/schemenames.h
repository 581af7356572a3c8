// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/schemechoices.h"

#include <QString>

/// Names of everything that a scheme is made of, and a sentence about each.
namespace quantoscope::format {

QString formatName(Format format);
QString formatExplanation(Format format);
QString formatGroupName(FormatGroup group);
QString presetGroupName(PresetGroup group);
/// "Blocks of 256 in groups of 32, 4.5 bits per weight"; empty for formats without blocks.
QString blockSentence(Format format);

QString gridName(Grid grid);
/// The two grids of the binary format.
QString centreName(Grid grid);
QString roundingName(Rounding::Kind kind);
QString rangeName(RangeRule::Kind kind);
/// A rule with its number: "Percentile 99.9", "3 σ".
QString rangeText(const RangeRule& rule);
QString rangeExplanation(RangeRule::Kind kind);
QString scaleTypeName(ScaleType type);
QString scaleTypeExplanation(ScaleType type);
QString thresholdName(TernaryRule rule);
QString thresholdExplanation(TernaryRule rule);
QString exponentName(ExponentRule rule);
QString exponentExplanation(ExponentRule rule);
QString granularityName(const Granularity& granularity);
/// "INT4 symmetric per tensor": the scheme in a few words.
QString schemeName(const Scheme& scheme);
/// The levels of a scheme in a word, for legends: "INT4", "NF4", "k-means 3 bit".
QString levelsName(const Scheme& scheme);

} // namespace quantoscope::format
