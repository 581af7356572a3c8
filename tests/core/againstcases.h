// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/against/against.h"
#include "core/samples/opensamples.h"
#include "qdqwriter.h"

#include <QTemporaryDir>
#include <QTest>

/// Networks, samples and quantized files with a culprit for the tests of `--against`.
namespace againstcases {

using namespace quantoscope;
using qdqwriter::Fault;

struct Setup
{
    std::shared_ptr<const RunModel> model;
    std::shared_ptr<const SampleSource> samples;
    SampleOrder order;
    qdqwriter::Ranges ranges;
};

inline QString pathOf(const QString& file)
{
    if (file.startsWith(QLatin1String("digits")))
        return QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/resources/sample/") + file;
    const QString folder =
        qEnvironmentVariable("QUANTOSCOPE_MODELS", QStringLiteral(QUANTOSCOPE_SOURCE_DIR "/.cache/models"));
    return folder + QLatin1Char('/') + file;
}

inline Setup setUp(const QString& file, const std::string& samples, std::size_t count)
{
    Setup setup;
    setup.model = loadRunModel(pathOf(file).toStdString());
    SampleOptions options;
    options.digits = pathOf(QStringLiteral("digits.npz")).toStdString();
    const NetworkSession session(setup.model, {});
    for (const GraphValue& input : session.inputs())
        options.inputs.push_back({input.name, input.dtype, input.shape});
    setup.samples = openSamples(samples, options);
    for (std::size_t i = 0; i < count; ++i)
        setup.order.push_back(i);
    setup.ranges = qdqwriter::measuredRanges(setup.model, *setup.samples, setup.order);
    return setup;
}

inline AgainstReport reportOf(const Setup& setup, const onnx::ModelProto& quantized,
                              const AgainstSettings& settings = {})
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("quantized.onnx"));
    onnxbuilder::writeModel(path, quantized);
    return compareWithQuantized(setup.model, loadRunModel(path.toStdString()), *setup.samples, setup.order,
                                settings);
}

inline QStringList suspiciousOf(const AgainstReport& report)
{
    QStringList names;
    for (const AgainstLayer& row : report.layers)
        if (row.suspicious)
            names.append(
                QString::number(row.layer.index) + QLatin1Char(' ')
                + QString::fromStdString(row.causes.empty() ? std::string() : row.causes.front().name));
    return names;
}

/// The report of a network whose layer has the fault (-1: none) must name that layer and the cause, and nothing else.
inline void checkPlanted(const Setup& setup, int layer, Fault fault, const QString& cause)
{
    AgainstSettings settings;
    settings.localSamples = 4;
    const AgainstReport report = reportOf(
        setup, qdqwriter::Writer(*setup.model, setup.ranges).write(static_cast<std::size_t>(layer), fault),
        settings);
    QCOMPARE(report.layers.size(), setup.model->network->layers.size());
    for (const AgainstLayer& row : report.layers)
        QCOMPARE(row.matched.value_or(LayerId{999}), row.layer);
    QVERIFY(report.unmatched.empty());
    if (layer < 0) {
        QVERIFY2(!report.firstJump, qPrintable(suspiciousOf(report).join(QLatin1String("; "))));
        QCOMPARE(suspiciousOf(report), QStringList());
        return;
    }
    QCOMPARE(suspiciousOf(report), QStringList{QString::number(layer) + QLatin1Char(' ') + cause});
    // A single channel's bias costs its layer 10 dB, but the output before it is no better.
    QCOMPARE(report.firstJump.has_value(), fault != Fault::BiasOverflow);
    QVERIFY(!report.firstJump || static_cast<int>(report.firstJump->index) == layer);
}

} // namespace againstcases

Q_DECLARE_METATYPE(qdqwriter::Fault)
