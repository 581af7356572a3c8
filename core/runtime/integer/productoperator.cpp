// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/conv/transpose.h"
#include "core/runtime/integer/layeroperator.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace quantoscope {

namespace {

std::size_t product(Shape::const_iterator begin, Shape::const_iterator end)
{
    return static_cast<std::size_t>(std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>()));
}

class ProductOperator : public LayerOperator
{
public:
    ProductOperator(std::string name, std::unique_ptr<LayerKernel> kernel, RangeShare share, ProductForm form)
        : LayerOperator(std::move(name), std::move(kernel), share), m_form(std::move(form))
    {
    }

    Shape outputShape(const Shape& input) const override
    {
        const std::size_t rank = input.size();
        const bool fits =
            rank >= 1 && (!m_form.isGemm || rank == 2)
            && input[turnsInput(input) ? rank - 2 : rank - 1] == static_cast<std::int64_t>(m_form.depth);
        if (!fits)
            refuse(input, "vectors of " + std::to_string(m_form.depth) + " values");
        const auto outputs = static_cast<std::int64_t>(m_form.outputs);
        if (rank == 1)
            return {outputs};
        Shape output(input.begin(), input.end() - 2);
        const std::int64_t rows = input[turnsInput(input) ? rank - 1 : rank - 2];
        output.push_back(m_form.outputTurned ? outputs : rows);
        output.push_back(m_form.outputTurned ? rows : outputs);
        return output;
    }

    void run(const Shape& input, const LayerBuffers& buffers) override
    {
        LayerCall call;
        const std::size_t elements = product(input.begin(), input.end());
        call.rows = elements / std::max<std::size_t>(m_form.depth, 1);
        call.rowsPerRange = rowsPerRange(rowsPerSample(input), call.rows);
        call.x = buffers.x;
        call.y = buffers.y;
        if (turnsInput(input)) {
            m_rows.resize(elements);
            transposeEach(buffers.x, input, m_rows.data());
            call.x = m_rows.data();
        }
        const bool turnsOutput = m_form.outputTurned && input.size() > 1;
        if (turnsOutput) {
            m_results.resize(call.rows * m_form.outputs);
            call.y = m_results.data();
        }
        m_kernel->runOn(call);
        if (m_form.alpha != 1)
            scale(call.y, call.rows);
        if (turnsOutput) {
            Shape results = outputShape(input);
            std::swap(results[results.size() - 2], results[results.size() - 1]);
            transposeEach(m_results.data(), results, buffers.y);
        }
    }

private:
    bool turnsInput(const Shape& input) const { return m_form.inputTurned && input.size() > 1; }

    /// The first axis counts samples.
    std::size_t rowsPerSample(const Shape& input) const
    {
        return input.size() < 3
                   ? 1
                   : product(input.begin() + 1, input.end()) / std::max<std::size_t>(m_form.depth, 1);
    }

    static void transposeEach(const float* from, const Shape& shape, float* to)
    {
        const std::size_t rank = shape.size();
        const auto rows = static_cast<std::size_t>(shape[rank - 2]);
        const auto columns = static_cast<std::size_t>(shape[rank - 1]);
        parallelFor(product(shape.begin(), shape.end() - 2), [&](std::size_t i) {
            transpose(from + i * rows * columns, columns, rows, columns, to + i * rows * columns, rows);
        });
    }

    void scale(float* y, std::size_t rows) const
    {
        const bool clamps = m_form.low < m_form.high;
        for (std::size_t i = 0; i < rows * m_form.outputs; ++i) {
            const float bias = m_form.bias.empty() ? 0.0f : m_form.bias[i % m_form.outputs];
            const float value = m_form.alpha * y[i] + bias;
            y[i] = clamps ? std::clamp(value, m_form.low, m_form.high) : value;
        }
    }

    ProductForm m_form;
    std::vector<float> m_rows;
    std::vector<float> m_results;
};

} // namespace

std::unique_ptr<LayerOperator> makeProductOperator(std::string name, std::unique_ptr<LayerKernel> kernel,
                                                   RangeShare share, ProductForm form)
{
    return std::make_unique<ProductOperator>(std::move(name), std::move(kernel), share, std::move(form));
}

} // namespace quantoscope
