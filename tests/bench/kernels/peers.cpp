// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/products.h"

#include "core/kernels/timing/registerloops.h"
#include "core/runtime/peers/ortpeers.h"
#include "tests/bench/kernels/dnnlpeers.h"

namespace quantoscope::bench {

namespace {

/// Row-major matrices of the sizes, the same random numbers for all peers.
struct Matrices
{
    explicit Matrices(const MatrixSizes& wanted)
        : sizes(wanted), floats(randomFloats(sizes.k * sizes.n)),
          inputFloats(randomFloats(sizes.m * sizes.k)), ints(randomInts(sizes.k * sizes.n))
    {
        for (const std::int8_t value : randomInts(sizes.m * sizes.k))
            bytes.push_back(static_cast<std::uint8_t>(value + 128));
    }

    template <typename T>
    static Tensor matrix(std::size_t rows, std::size_t columns, const std::vector<T>& values)
    {
        return tensorFrom<T>({static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}, values);
    }
    Tensor a() const { return matrix(sizes.m, sizes.k, inputFloats); }

    MatrixSizes sizes;
    std::vector<float> floats;
    std::vector<float> inputFloats;
    std::vector<std::int8_t> ints;
    std::vector<std::uint8_t> bytes;
};

std::vector<Call> ortCalls(const OrtNode& node, int threads, std::size_t copies)
{
    std::vector<Call> calls;
    for (std::size_t copy = 0; copy < copies; ++copy)
        calls.push_back([peer = std::make_shared<OrtPeer>(node, threads)] { peer->run(); });
    return calls;
}

OrtNode integerNode(const Matrices& data)
{
    const std::uint8_t aZero = 128;
    const std::int8_t bZero = 0;
    return ortMatMulInteger(Matrices::matrix(data.sizes.m, data.sizes.k, data.bytes),
                            Matrices::matrix(data.sizes.k, data.sizes.n, data.ints),
                            tensorFrom<std::uint8_t>({}, std::span(&aZero, 1)),
                            tensorFrom<std::int8_t>({}, std::span(&bZero, 1)));
}

OrtNode dynamicNode(const Matrices& data)
{
    const std::vector<float> scales(data.sizes.n, 0.01f);
    return ortDynamicQuantizeMatMul(data.a(), Matrices::matrix(data.sizes.k, data.sizes.n, data.ints),
                                    scales);
}

OrtNode blockNode(const Matrices& data, int bits)
{
    constexpr std::size_t block = 32;
    const std::size_t blockBytes = block * static_cast<std::size_t>(bits) / 8;
    const std::size_t blocks = data.sizes.k / block;
    const auto n = static_cast<std::int64_t>(data.sizes.n);
    std::vector<std::uint8_t> codes(data.sizes.n * blocks * blockBytes);
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = static_cast<std::uint8_t>(data.ints[i]);
    const std::vector<float> scales(data.sizes.n * blocks, 0.01f);
    const BlockWeights weights{
        tensorFrom<std::uint8_t>(
            {n, static_cast<std::int64_t>(blocks), static_cast<std::int64_t>(blockBytes)}, codes),
        tensorFrom<float>({n, static_cast<std::int64_t>(blocks)}, scales),
        n,
        static_cast<std::int64_t>(data.sizes.k),
        bits,
        static_cast<int>(block)};
    return ortMatMulNBits(data.a(), weights, 4);
}

std::vector<Call> eigenCalls(const std::shared_ptr<const Matrices>& data, std::size_t copies)
{
    std::vector<Call> calls;
    for (std::size_t copy = 0; copy < copies; ++copy)
        calls.push_back([data, weights = std::make_shared<std::vector<float>>(data->floats),
                         out = std::make_shared<std::vector<float>>(data->sizes.m * data->sizes.n)] {
            eigenMatMulNative(data->inputFloats.data(), weights->data(), out->data(), data->sizes);
        });
    return calls;
}

} // namespace

void addPeers(Contenders& contenders, const MatrixSizes& sizes, int threads, bool fromMemory)
{
    const auto data = std::make_shared<const Matrices>(sizes);
    const double weights = static_cast<double>(sizes.n * sizes.k);
    const double macs = weights * static_cast<double>(sizes.m);
    const auto copies = [&](double bytes) { return fromMemory ? coldCopies(bytes) : std::size_t{1}; };
    const auto add = [&](const char* name, double bytesPerWeight, const auto& make) {
        const double bytes = weights * bytesPerWeight;
        contenders.addCold(name, macs, bytes, [&] { return make(copies(bytes)); });
    };
    const auto addOrt = [&](const char* name, double bytesPerWeight, const auto& node) {
        add(name, bytesPerWeight, [&](std::size_t count) { return ortCalls(node(), threads, count); });
    };
    add(dnnlInt8, 1,
        [&](std::size_t count) { return dnnlMatMul(data->bytes, data->ints, sizes, threads, count); });
    add(dnnlFloat, 4, [&](std::size_t count) {
        return dnnlMatMul(data->inputFloats, data->floats, sizes, threads, count);
    });
    if (threads == 1)
        add(eigenFloat, 4, [&](std::size_t count) { return eigenCalls(data, count); });
    addOrt(ortFloat, 4,
           [&] { return ortMatMul(data->a(), Matrices::matrix(sizes.k, sizes.n, data->floats)); });
    addOrt(ortInteger, 1, [&] { return integerNode(*data); });
    addOrt(ortDynamic, 1, [&] { return dynamicNode(*data); });
    addOrt(ortFourBits, 4.0 / 8 + 4.0 / 32, [&] { return blockNode(*data, 4); });
    addOrt(ortEightBits, 1 + 4.0 / 32, [&] { return blockNode(*data, 8); });
    addOrt(ortTwoBits, 2.0 / 8 + 4.0 / 32, [&] { return blockNode(*data, 2); });
}

namespace {

RegisterLoop peakLoop(Isa isa, int bits)
{
    return registerLoop(isa, bits == 1   ? Arithmetic::Binary
                             : bits <= 8 ? Arithmetic::Int8
                                         : Arithmetic::Int16);
}

} // namespace

std::string peakName(Isa isa, int bits) { return "peak of " + std::string(peakLoop(isa, bits).name); }

void addPeak(Contenders& contenders, Isa isa, int bits)
{
    const RegisterLoop loop = peakLoop(isa, bits);
    contenders.add(peakName(isa, bits), loop.macs, 0, [&] { return Call(loop.run); });
}

} // namespace quantoscope::bench
