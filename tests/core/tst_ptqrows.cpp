// SPDX-License-Identifier: GPL-3.0-or-later
#include "ptqdata.h"

#include "core/analysis/ptq/calibration.h"
#include "core/analysis/ptq/rowsample.h"

#include <QTemporaryDir>

#include <algorithm>
#include <set>

using namespace quantoscope;
using namespace ptqdata;

namespace {

/// Rows of the only layer's inputs, all of them, in order; the model has the open input "x" and the output "y".
LayerRows allRows(const std::shared_ptr<const RunModel>& model, const SampleSource& samples)
{
    std::vector<std::string> notes;
    const auto plans = planLayers(*model, settingsOf("bits=4,granularity=channel,algorithm=gptq"), notes);
    if (plans.size() != 1 || !plans.front().rows())
        qFatal("no rows: %s", plans.empty() ? "no layer" : plans.front().inputsReason.c_str());
    Calibration calibration;
    calibration.model = model;
    calibration.samples = &samples;
    calibration.order = firstOnes(samples.count());
    return drawRows(calibration, {&plans.front()}, 1u << 20, 3).front();
}

/// What rows and weight give, [row][output].
std::vector<double> products(const std::shared_ptr<const RunModel>& model, const LayerRows& rows)
{
    LayerData data(model->network, LayerId{0});
    const ChannelMajor& weight = data.arranged(Scheme{});
    const std::size_t perGroup = weight.channels / rows.groups;
    std::vector<double> out;
    for (std::size_t r = 0; r < rows.rows(); ++r)
        for (std::size_t o = 0; o < weight.channels; ++o) {
            double sum = 0;
            const std::size_t from = r * rows.features + o / perGroup * rows.perGroup();
            for (std::size_t k = 0; k < rows.perGroup(); ++k)
                sum += static_cast<double>(rows.values[from + k])
                       * static_cast<double>(weight.values[o * weight.perChannel + k]);
            out.push_back(sum);
        }
    return out;
}

} // namespace

class TestPtqRows : public QObject
{
    Q_OBJECT

private slots:
    void drawIsTheSameInAnyOrder()
    {
        std::vector<RowPlace> places;
        for (std::uint64_t sample = 0; sample < 40; ++sample)
            for (std::uint64_t row = 0; row < 17; ++row)
                places.push_back({sample, sample % 2, row});
        const auto drawn = [&](std::uint64_t seed, const char* name) {
            RowSample draw(seed, name, 50, 1);
            for (const RowPlace& place : places)
                if (const auto out = draw.offer(place); !out.empty())
                    out[0] = static_cast<float>(place.sample * 17 + place.row);
            return draw.take();
        };
        const auto first = drawn(1, "a");
        QCOMPARE(first.size(), std::size_t{50});
        QVERIFY(std::is_sorted(first.begin(), first.end()));
        QCOMPARE(std::set<float>(first.begin(), first.end()).size(), std::size_t{50});
        std::mt19937 generator(5);
        std::shuffle(places.begin(), places.end(), generator);
        QCOMPARE(drawn(1, "a"), first);
        QVERIFY(drawn(2, "a") != first);
        QVERIFY(drawn(1, "b") != first);
    }

    void drawIsUniform()
    {
        // 400 draws of 20 out of 200: each tenth of the stream expects 800 rows, standard deviation about 25.
        std::array<int, 10> tenths{};
        for (std::uint64_t seed = 0; seed < 400; ++seed) {
            RowSample draw(seed, "layer", 20, 1);
            for (std::uint64_t row = 0; row < 200; ++row)
                if (const auto out = draw.offer({0, 0, row}); !out.empty())
                    out[0] = static_cast<float>(row);
            for (const float row : draw.take())
                ++tenths[static_cast<std::size_t>(row) / 20];
        }
        for (const int count : tenths)
            QVERIFY2(std::abs(count - 800) < 125, qPrintable(QString::number(count)));
    }

    void rowsWithoutFiniteValuesAreLeftOut()
    {
        RowSample draw(0, "a", 8, 2);
        for (std::uint64_t row = 0; row < 4; ++row) {
            const auto out = draw.offer({0, 0, row});
            out[0] = row == 2 ? std::numeric_limits<float>::quiet_NaN() : 1.0f;
            out[1] = row == 3 ? std::numeric_limits<float>::infinity() : static_cast<float>(row);
        }
        QCOMPARE(draw.take(), (std::vector<float>{1, 0, 1, 1}));
    }

    void patchesTimesWeightsAreTheConvolution_data()
    {
        using Ints = std::vector<std::int64_t>;
        QTest::addColumn<Ints>("image");
        QTest::addColumn<Ints>("weight");
        QTest::addColumn<Ints>("strides");
        QTest::addColumn<Ints>("dilations");
        QTest::addColumn<Ints>("pads");
        QTest::addColumn<int>("groups");
        QTest::addColumn<QString>("autoPad");
        QTest::addColumn<QString>("op");
        const QString conv = QStringLiteral("Conv");
        const QString transposed = QStringLiteral("ConvTranspose");
        QTest::newRow("uneven padding, two strides, dilated")
            << Ints{5, 3, 11, 9} << Ints{4, 3, 3, 2} << Ints{2, 1} << Ints{1, 3} << Ints{1, 0, 2, 3} << 1
            << QString() << conv;
        QTest::newRow("in two groups") << Ints{3, 4, 7, 6} << Ints{6, 2, 3, 3} << Ints{1, 1} << Ints{1, 1}
                                       << Ints{1, 1, 1, 1} << 2 << QString() << conv;
        QTest::newRow("depthwise") << Ints{3, 5, 8, 7} << Ints{5, 1, 3, 3} << Ints{2, 2} << Ints{1, 1}
                                   << Ints{0, 1, 1, 0} << 5 << QString() << conv;
        QTest::newRow("same, lower") << Ints{2, 3, 9, 8} << Ints{4, 3, 4, 3} << Ints{2, 3} << Ints{1, 1}
                                     << Ints{} << 1 << QStringLiteral("SAME_LOWER") << conv;
        QTest::newRow("same, upper") << Ints{2, 3, 9, 8} << Ints{4, 3, 4, 3} << Ints{2, 3} << Ints{1, 1}
                                     << Ints{} << 1 << QStringLiteral("SAME_UPPER") << conv;
        QTest::newRow("of a sequence")
            << Ints{17, 3, 20} << Ints{4, 3, 5} << Ints{3} << Ints{2} << Ints{2, 4} << 1 << QString() << conv;
        QTest::newRow("of volumes") << Ints{2, 2, 5, 4, 6} << Ints{3, 2, 2, 3, 2} << Ints{1, 2, 1}
                                    << Ints{2, 1, 1} << Ints{0, 1, 0, 1, 0, 0} << 1 << QString() << conv;
        QTest::newRow("transposed, strided")
            << Ints{3, 4, 5, 6} << Ints{4, 3, 3, 2} << Ints{2, 3} << Ints{1, 1} << Ints{1, 0, 0, 1} << 1
            << QString() << transposed;
        QTest::newRow("transposed, dilated")
            << Ints{3, 4, 5, 6} << Ints{4, 3, 3, 2} << Ints{1, 2} << Ints{2, 2} << Ints{0, 0, 1, 0} << 1
            << QString() << transposed;
    }
    void patchesTimesWeightsAreTheConvolution()
    {
        using Ints = std::vector<std::int64_t>;
        QFETCH(Ints, image);
        QFETCH(Ints, weight);
        QFETCH(Ints, strides);
        QFETCH(Ints, dilations);
        QFETCH(Ints, pads);
        QFETCH(int, groups);
        QFETCH(QString, autoPad);
        QFETCH(QString, op);
        onnx::ModelProto model = modelOf(image);
        addGauss(model, "w", weight, 1);
        onnx::NodeProto& node = addNode(model, op.toStdString(), {"x", "w"}, "y");
        onnxbuilder::setInts(node, "strides", strides);
        onnxbuilder::setInts(node, "dilations", dilations);
        onnxbuilder::setInt(node, "group", groups);
        if (!pads.empty())
            onnxbuilder::setInts(node, "pads", pads);
        if (!autoPad.isEmpty()) {
            auto& attribute = *node.add_attribute();
            attribute.set_name("auto_pad");
            attribute.set_type(onnx::AttributeProto::STRING);
            attribute.set_s(autoPad.toStdString());
        }
        QTemporaryDir folder;
        const auto run = loaded(model, folder.path());
        const Stack samples(gaussTensor(image, 2));
        const LayerRows rows = allRows(run, samples);
        const std::vector<double> made = products(run, rows);
        const std::vector<float> expected = valuesOn(run, samples, firstOnes(samples.count()), "y");
        QCOMPARE(made.size(), expected.size());
        const std::size_t outputs = made.size() / rows.rows();
        const std::size_t positions = rows.rows() / samples.count();
        for (std::size_t i = 0; i < made.size(); ++i) {
            const std::size_t row = i / outputs;
            const double y = static_cast<double>(
                expected[(row / positions * outputs + i % outputs) * positions + row % positions]);
            QVERIFY2(std::abs(made[i] - y) < 1e-4, qPrintable(QString::number(i)));
        }
    }

    void rowsTimesWeightsAreTheProduct_data()
    {
        using Ints = std::vector<std::int64_t>;
        QTest::addColumn<Ints>("input");
        QTest::addColumn<Ints>("weight");
        QTest::addColumn<bool>("left");
        QTest::addColumn<QString>("op");
        QTest::addColumn<bool>("transB");
        QTest::newRow("Gemm") << Ints{19, 6} << Ints{6, 4} << false << QStringLiteral("Gemm") << false;
        QTest::newRow("Gemm, weight turned")
            << Ints{19, 6} << Ints{4, 6} << false << QStringLiteral("Gemm") << true;
        QTest::newRow("tokens") << Ints{17, 5, 6} << Ints{6, 4} << false << QStringLiteral("MatMul") << false;
        QTest::newRow("weight on the left")
            << Ints{17, 6, 3} << Ints{4, 6} << true << QStringLiteral("MatMul") << false;
    }
    void rowsTimesWeightsAreTheProduct()
    {
        using Ints = std::vector<std::int64_t>;
        QFETCH(Ints, input);
        QFETCH(Ints, weight);
        QFETCH(bool, left);
        QFETCH(QString, op);
        QFETCH(bool, transB);
        onnx::ModelProto model = modelOf(input);
        addGauss(model, "w", weight, 1);
        const std::vector<std::string> inputs =
            left ? std::vector<std::string>{"w", "x"} : std::vector<std::string>{"x", "w"};
        onnx::NodeProto& node = addNode(model, op.toStdString(), inputs, "y");
        if (transB)
            onnxbuilder::setInt(node, "transB", 1);
        QTemporaryDir folder;
        const auto run = loaded(model, folder.path());
        const Stack samples(gaussTensor(input, 2));
        const LayerRows rows = allRows(run, samples);
        const std::vector<double> made = products(run, rows);
        const std::vector<float> expected = valuesOn(run, samples, firstOnes(samples.count()), "y");
        QCOMPARE(made.size(), expected.size());
        const std::size_t inner = left ? static_cast<std::size_t>(input.back()) : 1;
        for (std::size_t i = 0; i < made.size(); ++i) {
            const std::size_t row = i / 4;
            const double y = static_cast<double>(expected[(row / inner * 4 + i % 4) * inner + row % inner]);
            QVERIFY2(std::abs(made[i] - y) < 1e-4, qPrintable(QString::number(i)));
        }
    }
};

QTEST_GUILESS_MAIN(TestPtqRows)
#include "tst_ptqrows.moc"
