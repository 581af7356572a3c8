// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"
#include "core/kernels/isa.h"
#include "tests/bench/kernels/eigenpeers.h"
#include "tests/bench/kernels/scene.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace quantoscope::bench {

using Call = Contenders::Call;

/// Codes and scales as products take them; scales are float16 numbers, as formats store them. `run` = 0: a scale an output.
CodeMatrix weightsOf(std::size_t outputs, std::size_t depth, int bits, std::size_t run = 0);
std::vector<float> randomFloats(std::size_t count);
std::vector<std::int8_t> randomInts(std::size_t count);

// Ours. Each returned call owns its weights; `copies` are equal and lie in memory of their own.

/// int8 activations with zero points → int32.
std::vector<Call> ourInt32(const CodeMatrix& weights, std::size_t rows, Isa isa, std::size_t copies = 1);
/// Float activations, quantized over the whole tensor as DynamicQuantizeLinear does → float.
std::vector<Call> ourDynamic(const CodeMatrix& weights, std::size_t rows, Isa isa, std::size_t copies = 1);
/// Grouped weights, float activations quantized row by row → float.
std::vector<Call> ourGrouped(const CodeMatrix& weights, std::size_t rows, Isa isa, std::size_t copies = 1);
/// Signs → int32.
Call ourXnor(std::size_t outputs, std::size_t depth, std::size_t rows, Isa isa);
/// Activations and weights of `bits` → int64.
Call ourWide(std::size_t outputs, std::size_t depth, std::size_t rows, int bits, Isa isa);

/// Bytes that one product reads of such weights.
double packedBytes(const CodeMatrix& weights, Isa isa);

// Peers, by the names of their contenders.
inline const char* const dnnlInt8 = "oneDNN u8s8s32";
inline const char* const dnnlFloat = "oneDNN f32";
inline const char* const eigenFloat = "Eigen f32";
inline const char* const ortFloat = "ONNX Runtime MatMul";
inline const char* const ortInteger = "ONNX Runtime MatMulInteger";
inline const char* const ortDynamic = "ONNX Runtime DynamicQuantizeMatMul";
inline const char* const ortFourBits = "ONNX Runtime MatMulNBits 4";
inline const char* const ortEightBits = "ONNX Runtime MatMulNBits 8";
inline const char* const ortTwoBits = "ONNX Runtime MatMulNBits 2";

/// Whichever of the peers above are wanted, at these sizes.
void addPeers(Contenders& contenders, const MatrixSizes& sizes, int threads = 1, bool fromMemory = false);

/// "vpdpbusd peak", …: the register loop of this machine.
std::string peakName(Isa isa, int bits);
void addPeak(Contenders& contenders, Isa isa, int bits);

/// How many copies of so many bytes no cache holds.
std::size_t coldCopies(double bytes);

/// Runs `call` with the pool limited.
Call onThreads(int threads, Call call);

} // namespace quantoscope::bench
