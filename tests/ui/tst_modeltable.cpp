// SPDX-License-Identifier: GPL-3.0-or-later
// The table of all layers and the curve over them, as values.
#include "core/report/layerrows.h"
#include "tests/ui/testnetwork.h"
#include "ui/charts/modelcharts.h"
#include "ui/models/modelcolumns.h"
#include "ui/models/modeltablemodel.h"

#include <QAbstractItemModelTester>
#include <QRegularExpression>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const AnalysisResult> resultOf(const std::shared_ptr<const Network>& network,
                                               const char* scheme = "bits=4")
{
    return std::make_shared<const AnalysisResult>(
        analyze(network, {.scheme = parseScheme(scheme), .overrides = {}}));
}

QStringList names(const ModelTableModel& model)
{
    QStringList result;
    for (int row = 0; row < model.rowCount(); ++row)
        result << model.index(row, 0).data().toString();
    return result;
}

} // namespace

class TestModelTable : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void staysConsistentThroughEverything()
    {
        ModelTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto network = testing::smallNetwork();
        model.setNetwork(network);
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.index(0, ModelTableModel::columnOf("mse")).data().toString(), u"…"_s);
        model.sort(ModelTableModel::columnOf("sqnrDb"), Qt::DescendingOrder);
        model.setResult(resultOf(network));
        model.setFilter(u"conv"_s, false);
        model.setResult(nullptr);
        model.setResult(resultOf(network, "bits=2"));
        model.setFilter({}, false);
        model.sort(-1);
        QCOMPARE(model.rowCount(), 5);
        model.setNetwork(testing::oneLayer({1, 2, 3}, {3}));
        QCOMPARE(model.rowCount(), 1);
        model.setNetwork(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void holdsWhatAnalyzeReports()
    {
        const auto network = testing::smallNetwork();
        for (const char* scheme :
             {"bits=4", "format=nf4,granularity=group:16", "bits=3,range=percentile:90"}) {
            const auto result = resultOf(network, scheme);
            ModelTableModel model;
            model.setNetwork(network);
            model.setResult(result);
            int numbers = 0;
            for (int row = 0; row < model.rowCount(); ++row) {
                const Json reported = layerRow(network->layers[row], result->layers[row]);
                for (int column = 0; column < model.columnCount(); ++column) {
                    const std::string key(ModelTableModel::keyOf(column));
                    if (!reported.contains(key) || key == "kind")
                        continue;
                    const Json& value = reported[key];
                    const std::string raw =
                        model.index(row, column).data(ModelTableModel::RawRole).toString().toStdString();
                    if (value.is_number()) {
                        QCOMPARE(std::stod(raw), value.get<double>());
                        ++numbers;
                    } else {
                        QCOMPARE(raw, value.is_null() ? std::string() : value.get<std::string>());
                    }
                }
                // Nothing that the analysis measures is without a column.
                for (const MetricDefinition& metric : metricDefinitions())
                    QVERIFY(ModelTableModel::columnOf(metric.key) >= 0);
            }
            QVERIFY(numbers > 60);
        }
    }

    void missingNumbersAreLastInBothDirections()
    {
        const auto network = testing::smallNetwork();
        ModelTableModel model;
        model.setNetwork(network);
        model.setResult(resultOf(network));
        const int sqnr = ModelTableModel::columnOf("sqnrDb");
        const auto last = [&] { return model.index(4, sqnr).data(ModelTableModel::RawRole).toString(); };
        QStringList both;
        for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            model.sort(sqnr, order);
            QVERIFY(last().isEmpty());
            QVERIFY(!model.index(0, sqnr).data(ModelTableModel::RawRole).toString().isEmpty());
            both << model.index(0, 0).data().toString();
        }
        QVERIFY(both[0] != both[1]);
        model.sort(sqnr, Qt::AscendingOrder);
        QCOMPARE(names(model).first(), u"uneven"_s);
        model.sort(0, Qt::DescendingOrder);
        QCOMPARE(names(model),
                 QStringList({u"zeros"_s, u"uneven"_s, u"conv1"_s, u"constant"_s, u"broken"_s}));
        model.sort(-1);
        QCOMPARE(names(model).first(), u"conv1"_s);
    }

    void selectionsFollowTheirLayerWhenSorted()
    {
        const auto network = testing::smallNetwork();
        ModelTableModel model;
        model.setNetwork(network);
        model.setResult(resultOf(network));
        const QPersistentModelIndex uneven(model.index(1, 3));
        model.sort(ModelTableModel::columnOf("sqnrDb"));
        QCOMPARE(uneven.row(), 0);
        QCOMPARE(uneven.data(ModelTableModel::LayerIndexRole).toUInt(), 1u);
    }

    void filters_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("expression");
        QTest::addColumn<QStringList>("left");
        QTest::newRow("a word of the name") << u"un"_s << false << QStringList{u"uneven"_s};
        QTest::newRow("a shape with x for ×") << u"16x32"_s << false << QStringList{u"uneven"_s};
        QTest::newRow("two words") << u"con 3"_s << false << QStringList{u"conv1"_s};
        QTest::newRow("an expression")
            << u"^con.*[0-9t]$"_s << true << QStringList{u"conv1"_s, u"constant"_s};
        QTest::newRow("an expression is not a word") << u"^con"_s << false << QStringList{};
        QTest::newRow("an empty expression")
            << QString() << true
            << QStringList{u"conv1"_s, u"uneven"_s, u"zeros"_s, u"constant"_s, u"broken"_s};
    }
    void filters()
    {
        QFETCH(QString, text);
        QFETCH(bool, expression);
        ModelTableModel model;
        model.setNetwork(testing::smallNetwork());
        QCOMPARE(model.setFilter(text, expression), QString());
        QTEST(names(model), "left");
    }

    void saysWhatIsWrongWithAnExpression()
    {
        ModelTableModel model;
        model.setNetwork(testing::smallNetwork());
        QCOMPARE(model.setFilter(u"con"_s, true), QString());
        QCOMPARE(model.rowCount(), 2);
        QVERIFY(!model.setFilter(u"con("_s, true).isEmpty());
        QCOMPARE(model.rowCount(), 2);
    }

    void totalsAreOfTheRowsShown()
    {
        const auto network = testing::smallNetwork();
        const auto result = resultOf(network);
        ModelTableModel model;
        model.setNetwork(network);
        QVERIFY(!model.totals());
        model.setResult(result);
        QCOMPARE(model.totals()->params, 216u + 512 + 16 + 16 + 64);
        QCOMPARE(model.totals()->sqnrDb, result->totals.sqnrDb);
        model.setFilter(u"uneven"_s, false);
        QCOMPARE(model.totals()->params, 512u);
        QCOMPARE(model.totals()->mse, result->layers[1].metrics.mse);
    }

    void barsAreSharesOfTheLargest()
    {
        const auto network = testing::smallNetwork();
        ModelTableModel model;
        model.setNetwork(network);
        const int params = ModelTableModel::columnOf("params");
        QCOMPARE(model.index(1, params).data(ModelTableModel::BarRole).toDouble(), 1.0);
        QCOMPARE(model.index(2, params).data(ModelTableModel::BarRole).toDouble(), 16.0 / 512);
        QVERIFY(!model.index(1, 0).data(ModelTableModel::BarRole).isValid());
    }

    void curveIsTheEnginesNumbers()
    {
        const auto network = testing::smallNetwork();
        ModelPicture picture{resultOf(network), resultOf(network, "bits=8"), nullptr, LayerId{3}};
        const Chart chart = errorCurveChart(picture, "mse");
        QVERIFY(chart.message.isEmpty());
        const ChartPanel& panel = chart.panels.at(0);
        QCOMPARE(panel.series.size(), 2u);
        QVERIFY(panel.y.log);
        QCOMPARE(panel.series[1].stroke, Stroke::Dashed);
        for (std::size_t i = 0; i < 5; ++i) {
            QCOMPARE(panel.series[0].y[i], picture.a->layers[i].metrics.mse);
            QCOMPARE(panel.series[1].y[i], picture.b->layers[i].metrics.mse);
            QCOMPARE(panel.series[0].keys[i], i);
            QCOMPARE(chart.rows[i]["layer"].get<std::string>(), network->layers[i].name);
        }
        QCOMPARE(panel.rules.at(0).at, 3.0);
        // Zeros have no SQNR: a gap.
        QVERIFY(std::isnan(errorCurveChart(picture, "sqnrDb").panels[0].series[0].y[2]));
    }

    void outputsNeedARun()
    {
        const auto network = testing::smallNetwork();
        const Chart chart = errorCurveChart({resultOf(network), nullptr, nullptr, {}}, "accumulatedSqnrDb");
        QVERIFY(chart.message.contains(u"run the network"_s));
        QVERIFY(!errorCurveChart({}, "mse").message.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestModelTable)
#include "tst_modeltable.moc"
