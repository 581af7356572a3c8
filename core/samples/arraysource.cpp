// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/arraysource.h"

#include "core/support/error.h"
#include "core/support/sha256.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace quantoscope {

namespace {

[[noreturn]] void reject(const std::string& reason, const std::string& context)
{
    throw Error(ErrorCode::InvalidArgument, context + ": " + reason + ".", context);
}

bool isRun(std::span<const std::size_t> indices)
{
    for (std::size_t i = 1; i < indices.size(); ++i)
        if (indices[i] != indices[0] + i)
            return false;
    return true;
}

/// The samples of these indices: a view of the array where they lie in a row, else a copy.
Tensor rowsOf(const Tensor& array, std::span<const std::size_t> indices)
{
    const auto count = static_cast<std::size_t>(array.shape.front());
    const std::size_t width = array.bytes.size() / count;
    Tensor rows{array.dtype, array.shape, {}, array.owner};
    rows.shape.front() = static_cast<std::int64_t>(indices.size());
    if (!indices.empty() && isRun(indices)) {
        rows.bytes = array.bytes.subspan(indices.front() * width, indices.size() * width);
        return rows;
    }
    auto held = std::make_shared<std::vector<std::byte>>(indices.size() * width);
    for (std::size_t i = 0; i < indices.size(); ++i)
        std::copy_n(array.bytes.data() + indices[i] * width, width, held->data() + i * width);
    rows.bytes = *held;
    rows.owner = held;
    return rows;
}

Tensor scaled(const Tensor& tensor, const ArrayScaling& scaling)
{
    std::vector<float> values(tensor.size());
    readFloats(tensor, 0, values);
    for (float& value : values)
        value = static_cast<float>((static_cast<double>(value) * scaling.scale - scaling.mean) / scaling.std);
    return tensorFromFloats(tensor.shape, std::move(values));
}

class ArraySource final : public SampleSource
{
public:
    ArraySource(std::vector<SampleArray> arrays, const ArraySourceOptions& options)
        : m_arrays(std::move(arrays)), m_options(options)
    {
        const SampleArray* first = nullptr;
        for (SampleArray& array : m_arrays) {
            array.isConstant = array.isConstant || array.tensor.shape.empty();
            if (array.isConstant)
                continue;
            const auto rows = static_cast<std::size_t>(array.tensor.shape.front());
            if (first && rows != m_count)
                reject("'" + array.name + "' holds " + sampleCountText(rows) + ", but '" + first->name
                           + "' holds " + std::to_string(m_count)
                           + "; axis 0 of every array counts the samples",
                       options.description);
            m_count = rows;
            first = &array;
        }
        if (!first)
            reject("no array has an axis of samples; every sample needs an array whose axis 0 counts the "
                   "samples",
                   options.description);
        if (m_count == 0 || first->tensor.size() == 0)
            reject("'" + first->name + "' of shape " + toText(first->tensor.shape) + " holds no samples",
                   options.description);
        if (options.labels && options.labels->size() != m_count)
            reject("there are " + std::to_string(options.labels->size()) + " labels for "
                       + sampleCountText(m_count),
                   options.description);
    }

    std::size_t count() const override { return m_count; }

    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        assert(std::all_of(indices.begin(), indices.end(), [&](std::size_t i) { return i < m_count; }));
        std::vector<InputValue> values;
        for (const SampleArray& array : m_arrays) {
            if (array.isConstant) {
                values.push_back({array.name, array.tensor});
                continue;
            }
            Tensor rows = rowsOf(array.tensor, indices);
            values.push_back({array.name, m_options.scaling ? scaled(rows, *m_options.scaling) : rows});
        }
        return values;
    }

    std::array<std::uint8_t, 32> hash(std::size_t index) const override
    {
        std::vector<InputValue> values = read(std::span(&index, 1));
        std::vector<InputValue> own;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!m_arrays[i].isConstant)
                own.push_back(std::move(values[i]));
        return hashOfSample(std::move(own));
    }

    std::string description() const override
    {
        return m_options.description + ", " + sampleCountText(m_count);
    }

    std::optional<std::vector<std::int64_t>> labels() const override { return m_options.labels; }

private:
    std::vector<SampleArray> m_arrays;
    ArraySourceOptions m_options;
    std::size_t m_count = 0;
};

} // namespace

std::shared_ptr<const SampleSource> arraySource(std::vector<SampleArray> arrays,
                                                const ArraySourceOptions& options)
{
    return std::make_shared<ArraySource>(std::move(arrays), options);
}

std::array<std::uint8_t, 32> hashOfSample(std::vector<InputValue> values)
{
    std::stable_sort(values.begin(), values.end(),
                     [](const InputValue& a, const InputValue& b) { return a.name < b.name; });
    Sha256 hash;
    for (const InputValue& value : values) {
        const Shape& shape = value.tensor.shape;
        const std::string head =
            std::string(nameOf(value.tensor.dtype)) + ' ' + toText({shape.begin() + 1, shape.end()}) + '\n';
        hash.add(std::as_bytes(std::span(head)));
        hash.add(value.tensor.bytes);
    }
    return hash.digest();
}

std::string sampleCountText(std::size_t count)
{
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, 1, ',');
    return text + (count == 1 ? " sample" : " samples");
}

} // namespace quantoscope
