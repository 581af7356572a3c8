// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace quantoscope {

/// An input of an operator. Constants become part of the model, so that ONNX Runtime may pack them once, like weights.
struct OrtInput
{
    Tensor tensor;
    bool constant = true;
};

struct OrtAttribute
{
    std::string name;
    std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
};

/// One ONNX operator.
struct OrtNode
{
    std::string op;                              ///< "MatMulInteger", …
    std::string domain;                          ///< "": ai.onnx, operator set 17; "com.microsoft"
    std::vector<std::optional<OrtInput>> inputs; ///< nothing: an optional input that is left out
    std::vector<OrtAttribute> attributes;
    std::vector<DType> outputs = {DType::F32};
};

/// ONNX Runtime running one operator on the processor: what our kernels are compared with in values and in time. Inputs and outputs
/// stay where they are from run to run. All peers share one environment; more than one thread come from its pool without
/// spinning, which would take processors from whatever is timed beside them.
/// Not for several threads at a time. Throws Error(Unsupported) with ONNX Runtime's own words where it refuses.
class OrtPeer
{
public:
    /// Runs the operator once: outputs have their shape and values from then on. 1 ≤ threads; Error(InvalidArgument) otherwise.
    explicit OrtPeer(const OrtNode& node, int threads = 1);
    ~OrtPeer();
    OrtPeer(OrtPeer&&) noexcept;
    OrtPeer& operator=(OrtPeer&&) noexcept;

    void run();

    /// Of an input that is no constant, by its place in OrtNode::inputs: to be overwritten between runs.
    std::span<std::byte> input(std::size_t index);
    /// Of the last run; the owner keeps the bytes alive, the next run overwrites them.
    Tensor output(std::size_t index = 0) const;

private:
    struct Session;
    std::unique_ptr<Session> m_session;
};

/// A tensor that owns a copy of the values: float, std::int8_t, std::uint8_t or std::int32_t.
template <typename T>
Tensor tensorFrom(Shape shape, std::span<const T> values);

/// Elements of a tensor of that very type. Throws Error(InvalidArgument) for another.
template <typename T>
std::vector<T> valuesOf(const Tensor& tensor);

} // namespace quantoscope
