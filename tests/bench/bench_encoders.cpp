// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include "core/quant/ggml/ggmlcodecs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>

namespace quantoscope::bench {

namespace {

constexpr std::size_t longCount = std::size_t{1} << 25;  // 128 MiB of floats: far beyond every cache
constexpr std::size_t shortCount = std::size_t{1} << 20; // enough for searches of microseconds a block
constexpr std::size_t period = std::size_t{1} << 18;

/// Gauss by Box and Muller; the first values repeat in another order.
std::vector<float> gaussian()
{
    std::vector<float> values(longCount);
    std::uint64_t state = 1;
    const auto uniform = [&state] {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (static_cast<double>(state >> 32) + 0.5) * 0x1p-32;
    };
    for (std::size_t i = 0; i < period; i += 2) {
        const double radius = std::sqrt(-2 * std::log(uniform()));
        const double angle = 2 * std::numbers::pi * uniform();
        values[i] = static_cast<float>(radius * std::cos(angle));
        values[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    for (std::size_t i = period; i < longCount; ++i)
        values[i] = values[(i * 5 + i / period) % period];
    return values;
}

/// What the rows read and write; one of each kind, as only one row works at a time.
struct Buffers
{
    std::vector<float> values = gaussian();
    std::vector<float> decoded = std::vector<float>(longCount);
    std::vector<std::byte> blocks = std::vector<std::byte>(longCount * 2); // no format has 16 bits
};

struct Goals
{
    std::string_view codec;
    double overRead;  ///< of the encoder
    double overPlain; ///< of the encoder
};

/// Encoders without a search are compared with the memory, the others with the plain code of their own search.
constexpr std::array<Goals, 14> goals = {{{"q4_0", 0.3, 0},
                                          {"q4_1", 0.3, 0},
                                          {"q5_0", 0.3, 0},
                                          {"q5_1", 0.3, 0},
                                          {"q8_0", 0.3, 0},
                                          {"q2_k", 0, 6},
                                          {"q3_k", 0, 3},
                                          {"q4_k", 0, 6},
                                          {"q5_k", 0, 6},
                                          {"q6_k", 0, 6},
                                          {"iq4_nl", 0, 6},
                                          {"iq4_xs", 0, 6},
                                          {"tq1_0", 0.3, 0},
                                          {"tq2_0", 0.3, 0}}};

const char* const readName = "read for encoders";
const char* const writeName = "write for decoders";

Row row(const std::string& name, const std::string& base, double limit, std::size_t count)
{
    return {name, base, limit > 0 ? Goal::AtLeast : Goal::None, limit,
            static_cast<double>(count * sizeof(float))};
}

std::span<std::byte> blocksFor(Buffers& buffers, const BlockCodec& codec, std::size_t count)
{
    return std::span(buffers.blocks).first(count / codec.elements * codec.bytes);
}

std::function<void()> encoding(std::shared_ptr<Buffers> buffers, const BlockCodec& codec, std::size_t count)
{
    return [=, &codec] {
        codec.encodeMany(std::span(buffers->values).first(count), blocksFor(*buffers, codec, count));
        benchmark::ClobberMemory();
    };
}

std::function<void()> encodingPlainly(std::shared_ptr<Buffers> buffers, const BlockCodec& codec)
{
    return [=, &codec] {
        const std::span<const float> values(buffers->values);
        const std::span blocks = blocksFor(*buffers, codec, shortCount);
        for (std::size_t b = 0; b < shortCount / codec.elements; ++b)
            codec.encode(values.subspan(b * codec.elements, codec.elements),
                         blocks.subspan(b * codec.bytes, codec.bytes));
        benchmark::ClobberMemory();
    };
}

std::function<void()> decoding(std::shared_ptr<Buffers> buffers, const BlockCodec& codec)
{
    // Encoded when the row's first turn comes, so that the rows not chosen cost nothing.
    return [=, &codec, own = std::make_shared<std::vector<std::byte>>()] {
        if (own->empty()) {
            own->resize(longCount / codec.elements * codec.bytes);
            codec.encodeMany(buffers->values, *own);
        }
        codec.decodeMany(*own, buffers->decoded);
        benchmark::ClobberMemory();
    };
}

} // namespace

std::vector<Timed> encoderSuite()
{
    const auto buffers = std::make_shared<Buffers>();
    const std::span words(reinterpret_cast<const std::uint64_t*>(buffers->values.data()), longCount / 2);
    std::vector<Timed> suite = {
        {row(readName, "", 0, longCount),
         [buffers, words] { benchmark::DoNotOptimize(streamingRead(words)); }},
        {row(writeName, "", 0, longCount), [buffers] { streamingWrite(buffers->decoded); }},
    };
    const char* const peer = "ORT QuantizeLinear to int8";
    suite.push_back({row(peer, readName, 0, longCount), onnxRuntimeQuantize(buffers->values)});
    suite.push_back({row("encode q8_0 : QuantizeLinear", peer, 1, longCount),
                     encoding(buffers, ggmlCodecs()[4], longCount)});
    for (const BlockCodec& codec : ggmlCodecs()) {
        const auto goal = std::find_if(goals.begin(), goals.end(),
                                       [&](const Goals& one) { return one.codec == codec.name; });
        const std::string name(codec.name);
        if (goal->overPlain > 0) {
            const std::string plain = "plain " + name;
            suite.push_back({row(plain, "", 0, shortCount), encodingPlainly(buffers, codec)});
            suite.push_back({row("encode " + name + " : plain", plain, goal->overPlain, shortCount),
                             encoding(buffers, codec, shortCount)});
        } else {
            suite.push_back({row("encode " + name + " : read", readName, goal->overRead, longCount),
                             encoding(buffers, codec, longCount)});
        }
        suite.push_back(
            {row("decode " + name + " : write", writeName, 0.5, longCount), decoding(buffers, codec)});
    }
    return suite;
}

} // namespace quantoscope::bench
