// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/codes/imagepool.h"
#include "core/kernels/codes/imagesum.h"
#include "core/tensor/shape.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace quantoscope {

/// Images [n][y][x][channels] as they come to an operator on codes.
struct CodeInput
{
    Shape shape;
    const std::int8_t* codes = nullptr;
    const float* reals = nullptr; ///< in place of codes
};

/// Where results go.
struct CodeOutput
{
    std::int8_t* codes = nullptr;
    float* reals = nullptr; ///< in place of codes, as ONNX lays them out
};

/// What a network does between layers, on the integers that pass there. Takes any number of calls at once.
class CodeOperator
{
public:
    CodeOperator(std::string name, const char* op) : m_name(std::move(name)), m_op(op) {}
    virtual ~CodeOperator() = default;

    /// Throws Error(InvalidArgument) naming node and shapes where inputs do not fit.
    virtual Shape outputShape(std::span<const CodeInput> inputs) const = 0;
    /// Throws Error.
    virtual void run(std::span<const CodeInput> inputs, const CodeOutput& out) const = 0;

    const std::string& name() const { return m_name; }
    /// One of codeOps.
    const char* op() const { return m_op; }

protected:
    [[noreturn]] void refuse(std::span<const CodeInput> inputs) const;

private:
    std::string m_name;
    const char* m_op;
};

/// Types of such an operator's inputs and output, as ONNX Runtime has to know them.
struct CodeOpForm
{
    const char* name;
    std::vector<bool> takesCodes; ///< for each input; else floats
    bool writesCodes = true;
};
const std::vector<CodeOpForm>& codeOps();

/// One side of an Add.
struct SumSide
{
    std::optional<RowRule> rule; ///< of its codes; none: reals
    Shape zeros;                 ///< [n][channels][y][x] appended to its channels; empty: none
};

/// Codes come before reals.
std::unique_ptr<CodeOperator> makeSumOperator(std::string name, const SumSide& a, const SumSide& b,
                                              const RowRule& next, float low, float high, Isa isa);

/// MaxPool over two axes; the inputs of the axes are those of a call. Writes the values of the rule's codes where one is given.
std::unique_ptr<CodeOperator> makePoolOperator(std::string name, const PoolAxis& y, const PoolAxis& x,
                                               const std::optional<RowRule>& toReals, Isa isa);

} // namespace quantoscope
