// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/codeoperator.h"

#include "core/support/error.h"

namespace quantoscope {

namespace {

constexpr const char* sumOfCodes = "SumOfCodes";
constexpr const char* sumOfCodesAndReals = "SumOfCodesAndReals";
constexpr const char* sumOfReals = "SumOfReals";
constexpr const char* poolOfCodes = "MaxPoolOfCodes";

std::size_t sizeAt(const Shape& shape, std::size_t axis) { return static_cast<std::size_t>(shape[axis]); }

Images imagesOf(const CodeInput& input)
{
    return {input.codes,
            input.reals,
            {sizeAt(input.shape, 0), sizeAt(input.shape, 1), sizeAt(input.shape, 2)},
            sizeAt(input.shape, 3)};
}

class SumOperator : public CodeOperator
{
public:
    SumOperator(std::string name, const char* op, ImageSum sum, Shape zerosOfA, Shape zerosOfB)
        : CodeOperator(std::move(name), op), m_sum(sum), m_zeros{std::move(zerosOfA), std::move(zerosOfB)}
    {
    }

    Shape outputShape(std::span<const CodeInput> inputs) const override
    {
        const std::int64_t channels = channelsOf(inputs, 0);
        if (channels != channelsOf(inputs, 1) || channels == 0)
            refuse(inputs);
        const auto sizes = ImageSum::sizesOf(imagesOf(inputs[0]).sizes, imagesOf(inputs[1]).sizes);
        if (!sizes)
            refuse(inputs);
        return {static_cast<std::int64_t>((*sizes)[0]), static_cast<std::int64_t>((*sizes)[1]),
                static_cast<std::int64_t>((*sizes)[2]), channels};
    }
    void run(std::span<const CodeInput> inputs, std::int8_t* out) const override
    {
        m_sum.run(imagesOf(inputs[0]), imagesOf(inputs[1]), out);
    }

private:
    /// With the zeros behind them, which have the image's other sizes.
    std::int64_t channelsOf(std::span<const CodeInput> inputs, std::size_t side) const
    {
        const Shape& shape = inputs[side].shape;
        const Shape& zeros = m_zeros[side];
        if (shape.size() != 4)
            refuse(inputs);
        if (zeros.empty())
            return shape[3];
        if (zeros[0] != shape[0] || zeros[2] != shape[1] || zeros[3] != shape[2])
            refuse(inputs);
        return shape[3] + zeros[1];
    }

    ImageSum m_sum;
    std::array<Shape, 2> m_zeros;
};

class PoolOperator : public CodeOperator
{
public:
    PoolOperator(std::string name, const PoolAxis& y, const PoolAxis& x, Isa isa)
        : CodeOperator(std::move(name), poolOfCodes), m_y(y), m_x(x), m_isa(isa)
    {
    }

    Shape outputShape(std::span<const CodeInput> inputs) const override
    {
        if (inputs[0].shape.size() != 4)
            refuse(inputs);
        const std::size_t height = axisOf(m_y, inputs[0].shape[1]).output();
        const std::size_t width = axisOf(m_x, inputs[0].shape[2]).output();
        if (height == 0 || width == 0)
            refuse(inputs);
        return {inputs[0].shape[0], static_cast<std::int64_t>(height), static_cast<std::int64_t>(width),
                inputs[0].shape[3]};
    }
    void run(std::span<const CodeInput> inputs, std::int8_t* out) const override
    {
        const Shape& shape = inputs[0].shape;
        poolLargest(m_isa, inputs[0].codes, sizeAt(shape, 0), axisOf(m_y, shape[1]), axisOf(m_x, shape[2]),
                    sizeAt(shape, 3), out);
    }

private:
    static PoolAxis axisOf(PoolAxis axis, std::int64_t input)
    {
        axis.input = static_cast<std::size_t>(input);
        return axis;
    }

    PoolAxis m_y, m_x;
    Isa m_isa;
};

} // namespace

void CodeOperator::refuse(std::span<const CodeInput> inputs) const
{
    std::string shapes;
    for (const CodeInput& input : inputs)
        shapes += (shapes.empty() ? "" : " and ") + toText(input.shape);
    throw Error(ErrorCode::InvalidArgument,
                "'" + m_name + "' cannot be computed from images [n][y][x][channels] of shape " + shapes
                    + ": their sizes do not go together.",
                m_name);
}

const std::vector<CodeOpForm>& codeOps()
{
    static const std::vector<CodeOpForm> ops = {{sumOfCodes, {true, true}},
                                                {sumOfCodesAndReals, {true, false}},
                                                {sumOfReals, {false, false}},
                                                {poolOfCodes, {true}}};
    return ops;
}

std::unique_ptr<CodeOperator> makeSumOperator(std::string name, const SumSide& a, const SumSide& b,
                                              const RowRule& next, float low, float high, Isa isa)
{
    const char* const op = b.rule ? sumOfCodes : a.rule ? sumOfCodesAndReals : sumOfReals;
    return std::make_unique<SumOperator>(std::move(name), op, ImageSum(a.rule, b.rule, next, low, high, isa),
                                         a.zeros, b.zeros);
}

std::unique_ptr<CodeOperator> makePoolOperator(std::string name, const PoolAxis& y, const PoolAxis& x,
                                               Isa isa)
{
    return std::make_unique<PoolOperator>(std::move(name), y, x, isa);
}

} // namespace quantoscope
