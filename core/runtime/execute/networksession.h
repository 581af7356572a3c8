// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/model/runmodel.h"
#include "core/samples/samplesource.h"

#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

struct OrtCustomOpDomain;

namespace quantoscope {

/// An input or output of a graph.
struct GraphValue
{
    std::string name;
    DType dtype = DType::F32;
    Shape shape; ///< -1: open
};

enum class Optimization {
    Off,     ///< every node as written: the reference for comparisons
    Deployed ///< ONNX Runtime's default, fusions included: what users' programs run
};

struct SessionOptions
{
    int threads = 1; ///< the calling thread, or as many of the one shared pool
    Optimization optimization = Optimization::Off;
    bool quantizedFusions =
        false; ///< let QuantizeLinear … DequantizeLinear become integer operators (ONNX Runtime's own int8 path)
    /// Additional outputs, by name of a value in the main graph.
    std::vector<std::string> observed;
};

/// What a session runs beside ONNX Runtime's own operators; kept alive by every session that uses it.
class CustomOperators
{
public:
    virtual ~CustomOperators() = default;
    virtual OrtCustomOpDomain* domain() = 0;

    std::shared_ptr<CustomOperators> next; ///< another domain that the same network needs; null: none
};

/// A network in ONNX Runtime on the CPU. One environment and one thread pool for the whole process. Not for several threads at a
/// time; several sessions may run at once.
class NetworkSession
{
public:
    /// Throws Error(Unsupported) naming the file and ONNX Runtime's own words (an operator that it does not know, …); Cancelled.
    NetworkSession(std::shared_ptr<const RunModel> model, const SessionOptions& options,
                   std::shared_ptr<CustomOperators> operators = {}, std::stop_token stop = {});
    ~NetworkSession();
    NetworkSession(NetworkSession&&) noexcept;
    NetworkSession& operator=(NetworkSession&&) noexcept;

    /// Without initializers.
    const std::vector<GraphValue>& inputs() const;
    /// Outputs of the file in its order, then the observed.
    const std::vector<GraphValue>& outputs() const;

    /// Values in the order of outputs(); they own their bytes and outlive the session. Inputs by name; one of name "" goes to the only
    /// input that has no value. Floats convert to floats, rounded once; integers to any type that holds each of them exactly. Throws
    /// Error(InvalidArgument) naming input, wanted and given shape or type, for missing and unknown inputs; Error(Unsupported) where
    /// ONNX Runtime fails, with its words; Cancelled within 200 ms (between two nodes: an operator that runs is not interrupted).
    std::vector<Tensor> run(std::span<const InputValue> inputs, std::stop_token stop = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace quantoscope
