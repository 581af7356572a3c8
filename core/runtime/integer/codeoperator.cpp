// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/integer/codeoperator.h"

#include "core/support/error.h"

namespace quantoscope {

namespace {

constexpr const char* sumOfCodes = "SumOfCodes";
constexpr const char* sumOfCodesAndReals = "SumOfCodesAndReals";
constexpr const char* sumOfReals = "SumOfReals";
constexpr const char* poolOfCodes = "MaxPoolOfCodes";
constexpr const char* poolToReals = "MaxPoolOfCodesToReals";

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
    void run(std::span<const CodeInput> inputs, const CodeOutput& out) const override
    {
        m_sum.run(imagesOf(inputs[0]), imagesOf(inputs[1]), out.codes);
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
    PoolOperator(std::string name, const PoolAxis& y, const PoolAxis& x,
                 const std::optional<RowRule>& toReals, Isa isa)
        : CodeOperator(std::move(name), toReals ? poolToReals : poolOfCodes), m_y(y), m_x(x),
          m_toReals(toReals), m_isa(isa)
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
        const auto y = static_cast<std::int64_t>(height);
        const auto x = static_cast<std::int64_t>(width);
        const Shape& shape = inputs[0].shape;
        return m_toReals ? Shape{shape[0], shape[3], y, x} : Shape{shape[0], y, x, shape[3]};
    }
    void run(std::span<const CodeInput> inputs, const CodeOutput& out) const override
    {
        const Shape& shape = inputs[0].shape;
        const PoolAxis y = axisOf(m_y, shape[1]);
        const PoolAxis x = axisOf(m_x, shape[2]);
        const auto pool = [&](std::int8_t* to) {
            poolLargest(m_isa, inputs[0].codes, sizeAt(shape, 0), y, x, sizeAt(shape, 3), to);
        };
        if (!m_toReals)
            return pool(out.codes);
        const std::size_t positions = y.output() * x.output();
        std::vector<std::int8_t> codes(sizeAt(shape, 0) * positions * sizeAt(shape, 3));
        pool(codes.data());
        writeReals(codes, sizeAt(shape, 0), positions, sizeAt(shape, 3), out.reals);
    }

private:
    static PoolAxis axisOf(PoolAxis axis, std::int64_t input)
    {
        axis.input = static_cast<std::size_t>(input);
        return axis;
    }

    /// [image][position][channel] → [image][channel][position].
    void writeReals(const std::vector<std::int8_t>& codes, std::size_t images, std::size_t positions,
                    std::size_t channels, float* out) const
    {
        const RowTerms& terms = m_toReals->terms;
        const std::int8_t* image = codes.data();
        for (std::size_t n = 0; n < images; ++n, image += positions * channels)
            for (std::size_t channel = 0; channel < channels; ++channel)
                for (std::size_t at = 0; at < positions; ++at)
                    *out++ = terms.scale * static_cast<float>(image[at * channels + channel] - terms.zero);
    }

    PoolAxis m_y, m_x;
    std::optional<RowRule> m_toReals;
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
    static const std::vector<CodeOpForm> ops = {{sumOfCodes, {true, true}, true},
                                                {sumOfCodesAndReals, {true, false}, true},
                                                {sumOfReals, {false, false}, true},
                                                {poolOfCodes, {true}, true},
                                                {poolToReals, {true}, false}};
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
                                               const std::optional<RowRule>& toReals, Isa isa)
{
    return std::make_unique<PoolOperator>(std::move(name), y, x, toReals, isa);
}

} // namespace quantoscope
