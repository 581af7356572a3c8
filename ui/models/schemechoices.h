// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <optional>
#include <span>
#include <vector>

/// What a person can choose for the weights, by format: the window offers what the engine takes and nothing else.
namespace quantoscope {

/// The fields that a format has. Algorithms, outliers and activations are not edited here.
struct SchemeFields
{
    bool bits = false;
    bool grid = false;
    bool granularity = false;
    bool range = false;
    bool rounding = false;
    bool scaleType = false;
    bool threshold = false;
    bool exponent = false;
    bool tensorScale = false; ///< nvfp4: a scale of the tensor over those of the blocks
};
SchemeFields fieldsOf(Format format);

enum class FormatGroup { Plain, Books, Floats, Microscaling, Gguf };
struct FormatsOfGroup
{
    FormatGroup group;
    std::span<const Format> formats;
};
/// Every format once, in the order shown.
std::span<const FormatsOfGroup> formatGroups();
FormatGroup formatGroupOf(Format format);

std::vector<Grid> gridsOf(Format format);
std::vector<RangeRule::Kind> rangesOf(Format format);
std::vector<ScaleType> scaleTypesOf(Format format);

/// Whether the format comes in more than one width (binary: as the 1-bit form of integers).
bool hasWidths(Format format);
int widestBits(Format format);

/// `present` in another format: granularity, activations and width stay where the format has them, the rest becomes
/// its default.
Scheme inFormat(const Scheme& present, Format format);

/// Needs a layer's inputs, which a file of weights does not have.
bool needsLayerInputs(const Scheme& scheme);

/// Size of a format of blocks, from its codec.
struct BlockFacts
{
    std::size_t elements = 0;
    std::size_t group = 0; ///< elements that share a scale
    double bitsPerWeight = 0;
};
BlockFacts blockFacts(Format format);

/// Whose convention a preset is.
enum class PresetGroup { General, OnnxRuntime, PyTorch, TfLite, BitsAndBytes, Others, Microscaling, Gguf };
PresetGroup presetGroupOf(std::string_view name);

} // namespace quantoscope
