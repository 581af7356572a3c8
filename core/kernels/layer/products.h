// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codematrix.h"
#include "core/kernels/floats/floatpanels.h"
#include "core/kernels/layer/layerkernel.h"

namespace quantoscope {

// One maker a kind of kernel. `codes` are those of work.weights; each throws as makeLayerKernel does.

/// At most 8 bits each side, one scale an output.
std::unique_ptr<LayerKernel> makeProductKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop);
/// At most 8 bits each side, a scale for each group.
std::unique_ptr<LayerKernel> makeGroupedKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop);
/// More than 8 bits on one side.
std::unique_ptr<LayerKernel> makeWideKernel(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop);
/// Signs on both sides.
std::unique_ptr<LayerKernel> makeXnorKernel(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop);
/// Ternary weights without multiplication.
std::unique_ptr<LayerKernel> makeTernaryKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                               std::stop_token stop);
/// 8-bit products with pairs that saturate, as on AVX2 elsewhere.
std::unique_ptr<LayerKernel> makeSaturatingKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                                  std::stop_token stop);
/// Direct convolution, at most 8 bits each side, one scale an output.
std::unique_ptr<LayerKernel> makeConvKernel(LayerWork work, CodeMatrix codes, Isa isa, std::stop_token stop);
/// Any other convolution: windows are gathered as the rows of matrix products, one a group, `make` gives the kernel of each.
std::unique_ptr<LayerKernel>
makeGatheredKernel(LayerWork work, const std::function<std::unique_ptr<LayerKernel>(LayerWork)>& make);
/// Gathered windows hold real zeros beside the image: throws Error(Unsupported) where the activations' grid has no such level.
void requireZeroToPad(const ConvGeometry& conv, const std::optional<ActivationScheme>& act);
/// Depthwise convolutions plane by plane: of float activations, and of more than 8 bits where nothing has a real offset.
std::unique_ptr<LayerKernel> makeFloatDepthwiseKernel(LayerWork work, Isa isa);
bool hasWideDepthwiseKernel(const LayerWork& work, const CodeMatrix& codes);
std::unique_ptr<LayerKernel> makeWideDepthwiseKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                                     std::stop_token stop);
/// Float activations: weights are decoded and multiplied as floats.
std::unique_ptr<LayerKernel> makeFloatKernel(LayerWork work, Isa isa, std::stop_token stop);
/// The same for weights that are packed already; `how`: as its name says.
std::unique_ptr<LayerKernel> makeFloatKernel(LayerWork work, FloatPanels panels, const std::string& how,
                                             Isa isa);
/// Transposed convolutions: in integers where both sides have at most 8 bits and no real offset. Others add up the real results of
/// products of pixels and taps.
std::unique_ptr<LayerKernel> makeTransposeKernel(LayerWork work, Isa isa, KernelChoice choice,
                                                 std::stop_token stop);
std::unique_ptr<LayerKernel> makeIntegerTransposeKernel(LayerWork work, CodeMatrix codes, Isa isa,
                                                        std::stop_token stop);
/// `make` gives the kernel of the group of that index, for work without weights and parameters.
std::unique_ptr<LayerKernel>
makeScatteredKernel(LayerWork work,
                    const std::function<std::unique_ptr<LayerKernel>(LayerWork, std::size_t group)>& make);

} // namespace quantoscope
