// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/testnetwork.h"
#include "ui/models/layerproxy.h"
#include "ui/models/layertablemodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;
using Column = LayerTableModel;

namespace {

std::shared_ptr<const AnalysisResult> resultOf(const std::shared_ptr<const Network>& network,
                                               const char* scheme = "bits=4")
{
    return std::make_shared<const AnalysisResult>(
        analyze(network, {.scheme = parseScheme(scheme), .overrides = {}}));
}

QStringList names(const QAbstractItemModel& model)
{
    QStringList result;
    for (int row = 0; row < model.rowCount(); ++row)
        result << model.index(row, Column::Name).data().toString();
    return result;
}

} // namespace

class TestLayerTableModel : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void staysConsistentThroughResets()
    {
        LayerTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 0);
        const auto small = testing::smallNetwork();
        model.setNetwork(small);
        QCOMPARE(model.rowCount(), 5);
        model.setResult(resultOf(small));
        QCOMPARE(model.rowCount(model.index(0, 0)), 0);
        const auto one = testing::oneLayer({1, 2, 3}, {3});
        model.setNetwork(one);
        model.setResult(resultOf(one));
        QCOMPARE(model.rowCount(), 1);
        model.setNetwork(std::make_shared<const Network>());
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!model.worstLayer());
        model.setNetwork(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void rowsStandBeforeTheNumbers()
    {
        LayerTableModel model;
        model.setNetwork(testing::smallNetwork());
        QCOMPARE(model.index(0, Column::Name).data().toString(), u"conv1"_s);
        QCOMPARE(model.index(0, Column::Kind).data().toString(), u"conv"_s);
        QCOMPARE(model.index(0, Column::ShapeColumn).data().toString(), u"8×3×3×3"_s);
        QCOMPARE(model.index(0, Column::Parameters).data().toString(), u"216"_s);
        QCOMPARE(model.index(0, Column::Sqnr).data().toString(), u"…"_s);
    }

    void numbersOfAResult()
    {
        const auto network = testing::smallNetwork();
        const auto result = resultOf(network);
        LayerTableModel model;
        model.setNetwork(network);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setResult(result);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(model.index(0, Column::Bits).data().toString(), u"4"_s);
        QCOMPARE(model.index(0, Column::Sqnr).data(Column::SortRole).toDouble(),
                 result->layers[0].metrics.sqnrDb);
        QCOMPARE(model.worstLayer(), std::optional(LayerId{1}));
        QVERIFY(model.index(1, Column::Sqnr).data().toString().startsWith(u"▲ "_s));
        QCOMPARE(model.index(2, Column::Sqnr).data().toString(), u"–"_s);
        QVERIFY(
            model.index(2, Column::Sqnr).data(Qt::ToolTipRole).toString().contains(u"All values are 0"_s));
    }

    void resultOfAnotherNetworkIsIgnored()
    {
        LayerTableModel model;
        model.setNetwork(testing::smallNetwork());
        model.setResult(resultOf(testing::oneLayer({1, 2}, {2})));
        QCOMPARE(model.index(0, Column::Sqnr).data().toString(), u"…"_s);
    }

    void oneNewerReportShowsAtOnce()
    {
        const auto network = testing::smallNetwork();
        LayerTableModel model;
        model.setNetwork(network);
        model.setResult(resultOf(network));
        model.setReport(resultOf(network, "bits=9")->layers[0]);
        QCOMPARE(model.index(0, Column::Bits).data().toString(), u"9"_s);
        QCOMPARE(model.index(1, Column::Bits).data().toString(), u"4"_s);
    }

    void missingNumbersSortLastBothWays()
    {
        const auto network = testing::smallNetwork();
        LayerTableModel model;
        model.setNetwork(network);
        model.setResult(resultOf(network));
        LayerProxy proxy;
        proxy.setSourceModel(&model);
        proxy.sort(Column::Sqnr, Qt::AscendingOrder);
        QStringList rising = names(proxy);
        QCOMPARE(rising.first(), u"uneven"_s);
        proxy.sort(Column::Sqnr, Qt::DescendingOrder);
        QStringList falling = names(proxy);
        // All zero and constant have no SQNR under a grid that hits them exactly.
        const auto last = [](const QStringList& list) { return QSet<QString>(list.end() - 2, list.end()); };
        QCOMPARE(last(rising), last(falling));
        QVERIFY(last(rising).contains(u"zeros"_s));
        QCOMPARE(falling.at(2), u"uneven"_s);
    }

    void filterWordsMeetNameKindAndShape_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QStringList>("shown");
        QTest::newRow("nothing") << QString()
                                 << QStringList{u"conv1"_s, u"uneven"_s, u"zeros"_s, u"constant"_s,
                                                u"broken"_s};
        QTest::newRow("part of a name, any case") << u"CONV1"_s << QStringList{u"conv1"_s};
        QTest::newRow("a kind") << u"gemm"_s << QStringList{u"uneven"_s, u"zeros"_s};
        QTest::newRow("a shape with the letter x") << u"4x4"_s << QStringList{u"zeros"_s, u"constant"_s};
        QTest::newRow("two words") << u"gemm 16"_s << QStringList{u"uneven"_s};
        QTest::newRow("no match") << u"nowhere"_s << QStringList{};
    }
    void filterWordsMeetNameKindAndShape()
    {
        QFETCH(QString, filter);
        LayerTableModel model;
        model.setNetwork(testing::smallNetwork());
        LayerProxy proxy;
        QAbstractItemModelTester tester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        proxy.setSourceModel(&model);
        proxy.setFilterText(filter);
        QTEST(names(proxy), "shown");
    }
};

QTEST_GUILESS_MAIN(TestLayerTableModel)
#include "tst_layertablemodel.moc"
