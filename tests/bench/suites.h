// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/figures.h"

#include <cstdint>
#include <functional>
#include <span>

namespace quantoscope::bench {

/// A row and the work that it times.
struct Timed
{
    Row row;
    std::function<void()> work;
    int threads = 1;
};

/// The passes over 256 MiB of floats, single-threaded, and the plain read they are compared with.
std::vector<Timed> streamingSuite();

/// The encoders and decoders of the GGML formats on Gaussian data, single-threaded, against the memory, ONNX Runtime's
/// QuantizeLinear, and their own plain code.
std::vector<Timed> encoderSuite();

/// Opening the OCR network against parsing its bytes alone; empty with a message when the file is not there.
std::vector<Timed> openSuite();

/// GPTQ, AWQ, AdaRound and HQQ on one layer, against Eigen's own speed at the algebra they need.
std::vector<Timed> algorithmSuite();

/// The range estimators on Gaussian 4096 × 4096, single-threaded, against a histogram pass over the same values. Goals are passes;
/// 20 ms for what does not grow with the tensor count as two.
std::vector<Timed> rangeSuite();

/// Growth of resident memory over the size of the file when it is opened, in children of this process.
/// Call before anything has threads.
std::vector<Figure> openMemory();

/// Sum of all words: as little work per byte as a read can have.
std::uint64_t streamingRead(std::span<const std::uint64_t> words);

/// Fills past the caches where the processor has such stores: nothing is read before it is overwritten.
void streamingWrite(std::span<float> values);

/// Quantizes `values` to int8 with one scale by ONNX Runtime, on one thread.
std::function<void()> onnxRuntimeQuantize(std::span<float> values);

} // namespace quantoscope::bench
