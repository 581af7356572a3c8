// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/encodeblocks.h"

#include "core/metrics/valuestats.h"
#include "core/quant/elements/mxblocks.h"
#include "core/quant/ggml/ggmlcodecs.h"
#include "core/quant/parameterize.h"
#include "core/quant/settasks.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// What is divided out before NVFP4's blocks see the values: 1 but for scale=double.
float tensorScale(const ChannelMajor& values, const Scheme& scheme)
{
    if (scheme.scale != ScaleType::Double)
        return 1;
    const Extremes range = extremes(values.values);
    return nvfp4TensorScale(std::max(std::abs(range.min), std::abs(range.max)));
}

/// Blocks of a run of values as one piece of work.
class BlockEncoder
{
public:
    BlockEncoder(const ChannelMajor& values, const Scheme& scheme)
        : codec(codecOf(scheme)), scale(tensorScale(values, scheme)), m_values(values.values)
    {
        if (values.perChannel % codec.elements != 0)
            throw Error(ErrorCode::SchemeMismatch,
                        "format=" + std::string(codec.name) + " needs blocks of "
                            + std::to_string(codec.elements)
                            + " values, but an output channel (a row) of this tensor has "
                            + std::to_string(values.perChannel)
                            + "; use a format with smaller blocks, or format=int or nf4 with "
                              "granularity=group:N, whose "
                              "last group may be short.");
    }

    std::size_t blocks() const { return m_values.size() / codec.elements; }

    /// Encodes `count` blocks from `first` on. Values that are not finite count as 0.
    void encode(std::size_t first, std::size_t count, std::span<std::byte> bytes) const
    {
        const auto source = m_values.subspan(first * codec.elements, count * codec.elements);
        const bool asTheyAre =
            scale == 1 && std::all_of(source.begin(), source.end(), [](float x) { return std::isfinite(x); });
        if (asTheyAre)
            return codec.encodeMany(source, bytes);
        std::vector<float> clean(source.size());
        std::transform(source.begin(), source.end(), clean.begin(),
                       [this](float x) { return std::isfinite(x) ? x / scale : 0.0f; });
        codec.encodeMany(clean, bytes);
    }

    const BlockCodec& codec;
    const float scale;

private:
    std::span<const float> m_values;
};

/// Scales are stored as float16 or smaller: values beyond what those hold would decode to infinity.
void requireFinite(const SetParams& set, const BlockCodec& codec)
{
    if (!std::isfinite(set.scale) || !std::isfinite(set.offset) || !std::isfinite(set.range.lo)
        || !std::isfinite(set.range.hi))
        throw Error(ErrorCode::SchemeMismatch,
                    "format=" + std::string(codec.name)
                        + " cannot hold a block of this tensor: its values are too large for the stored "
                          "scale (float16 "
                          "ends at 65504) or for float32 itself. Divide the tensor first or use format=int.");
}

} // namespace

const BlockCodec& codecOf(const Scheme& scheme)
{
    const std::string_view name = nameOf(scheme.format);
    const BlockVariant variant =
        scheme.scale == ScaleType::Double ? BlockVariant::HalfEven : BlockVariant::Ggml;
    if (const BlockCodec* codec = findMxCodec(name, scheme.exponent, variant))
        return *codec;
    const auto codecs = ggmlCodecs();
    return *std::find_if(codecs.begin(), codecs.end(),
                         [&](const BlockCodec& codec) { return codec.name == name; });
}

ParamSets encodeBlocks(const ChannelMajor& values, const Scheme& scheme, std::stop_token stop)
{
    const BlockEncoder encoder(values, scheme);
    const BlockCodec& codec = encoder.codec;
    ParamSets params;
    params.scheme = scheme;
    params.codes = {0, codec.codes - 1};
    params.layout = {values.channels, values.perChannel, codec.group};
    params.sets.resize(params.layout.count());
    if (!codec.levels.empty())
        params.tables = {makeTable({codec.levels.begin(), codec.levels.end()})};
    const auto coded = std::make_shared<CodedTensor>();
    coded->codes.resize(values.values.size());

    const std::size_t perTask = std::max<std::size_t>(1, elementsPerTask / 4 / codec.elements);
    const std::size_t groups = codec.elements / codec.group;
    parallelFor((encoder.blocks() + perTask - 1) / perTask,
                [&](std::size_t task) {
                    const std::size_t first = task * perTask;
                    const std::size_t count = std::min(perTask, encoder.blocks() - first);
                    std::vector<std::byte> bytes(count * codec.bytes);
                    encoder.encode(first, count, bytes);
                    std::vector<std::int32_t> codes(codec.elements);
                    for (std::size_t b = first; b < first + count; ++b) {
                        const auto block =
                            std::span<const std::byte>(bytes).subspan((b - first) * codec.bytes, codec.bytes);
                        codec.readCodes(block, codes);
                        std::copy(codes.begin(), codes.end(),
                                  coded->codes.begin() + static_cast<std::ptrdiff_t>(b * codec.elements));
                        const auto sets = std::span(params.sets).subspan(b * groups, groups);
                        codec.readSets(block, sets);
                        for (SetParams& set : sets) {
                            set.scale *= encoder.scale;
                            set.range = valueEnds(set, params.codes, params.table(0));
                            requireFinite(set, codec);
                        }
                    }
                },
                stop);
    params.coded = coded;
    return params;
}

std::vector<std::byte> packBlocks(const ChannelMajor& values, const Scheme& scheme)
{
    const BlockEncoder encoder(values, scheme);
    std::vector<std::byte> bytes(encoder.blocks() * encoder.codec.bytes);
    encoder.encode(0, encoder.blocks(), bytes);
    return bytes;
}

} // namespace quantoscope
