// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/execute/networksession.h"

#include <QFile>
#include <QString>
#include <QTest>

#include <cmath>
#include <cstring>
#include <vector>

/// Values that tests give to networks and get from them.
namespace networkvalues {

using quantoscope::DType;
using quantoscope::InputValue;
using quantoscope::Shape;
using quantoscope::Tensor;

template <class T>
Tensor tensorOf(DType type, Shape shape, const std::vector<T>& values)
{
    auto held = std::make_shared<const std::vector<T>>(values);
    return {type, std::move(shape), std::as_bytes(std::span(*held)), held};
}

/// Numbers between -1 and 1, the same every time.
inline Tensor waves(const Shape& shape, std::size_t seed = 1)
{
    std::vector<float> values(*quantoscope::elementCount(shape));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] =
            static_cast<float>(std::sin(static_cast<double>(i * seed) * 0.7 + static_cast<double>(seed)));
    return quantoscope::tensorFromFloats(shape, std::move(values));
}

inline std::vector<float> floats(const Tensor& tensor)
{
    const auto array = quantoscope::floatsOf(tensor);
    return {array.values.begin(), array.values.end()};
}

inline double largestDifference(const Tensor& a, const Tensor& b)
{
    const auto x = floats(a);
    const auto y = floats(b);
    if (a.shape != b.shape)
        return INFINITY;
    double largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        largest = std::max(largest, std::abs(double(x[i]) - double(y[i])));
    return largest;
}

inline bool sameBytes(const Tensor& a, const Tensor& b)
{
    return a.dtype == b.dtype && a.shape == b.shape && a.bytes.size() == b.bytes.size()
           && std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

inline QString modelPath(const QString& name)
{
    const QString folder =
        qEnvironmentVariable("QUANTOSCOPE_MODELS", QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/.cache/models"));
    return folder + QLatin1Char('/') + name;
}

inline const char* const samplePath = QUANTOSCOPE_SOURCE_DIR "/resources/sample/digits.onnx";

} // namespace networkvalues

#define REQUIRE_MODEL(path)                                                                                  \
    if (!QFile::exists(path))                                                                                \
    QFAIL(qPrintable(QStringLiteral("%1 is missing: run ./dev deps").arg(path)))
