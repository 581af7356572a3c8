// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/product/packedactivations.h"
#include "core/kernels/product/packedweights.h"

namespace quantoscope {

// Weights of 1 … 8 bits times activations of at most 8 bits, W·xᵀ for each row x: exact in int32, the same on every instruction
// set and number of threads. `out`: [rows][outputs] row-major. Weights and activations are packed for the same instruction set and
// depth. One row, or a few, is multiplied straight from the planes where the instruction set can; else panels are decoded one at a
// time. All throw Error(InvalidArgument) for packed sides that do not fit and for a depth at which the largest integers of
// both sides could exceed int32 (255 × 128: beyond 65,793), and Cancelled. Terms of columns (bias, multipliers) are those of all
// outputs. Thread-safe, parallel.

/// Σ c·p, no zero points: what panels and packed activations hold.
void multiplySums(const PackedWeights& weights, const PackedActivations& activations, std::int32_t* out,
                  std::stop_token stop = {});

/// Σ (fw·c - zero_n)(fa·p - zero_m).
void multiplyInt32(const PackedWeights& weights, const PackedActivations& activations, std::int32_t* out,
                   std::stop_token stop = {});

void multiplyFloat(const PackedWeights& weights, const PackedActivations& activations,
                   const FloatOutput& output, float* out, std::stop_token stop = {});

void multiplyInt8(const PackedWeights& weights, const PackedActivations& activations,
                  const QuantizedOutput& output, std::int8_t* out, std::stop_token stop = {});

/// Name of the kernel that would multiply `rows` rows: "vpdpbusd 12×32", "vpdpbusd from planes", …
std::string_view productKernel(const PackedWeights& weights, std::size_t rows);

} // namespace quantoscope
