// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/formats.h"
#include "ui/format.h"
#include "ui/schemenames.h"

#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestFormat : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void numbers_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << u"0"_s;
        QTest::newRow("four digits below one") << 0.3 << u"0.3000"_s;
        QTest::newRow("leading zeros do not count") << 0.012345 << u"0.01235"_s;
        QTest::newRow("minus is U+2212") << -2.4 << u"−2.400"_s;
        QTest::newRow("small values get an exponent") << 3.41e-4 << u"3.41e−4"_s;
        QTest::newRow("large values get an exponent") << 1.5e7 << u"1.50e7"_s;
        QTest::newRow("whole numbers keep their digits") << 123456.0 << u"123456"_s;
        QTest::newRow("not a number is a dash") << qQNaN() << u"–"_s;
        QTest::newRow("minus infinity") << -qInf() << u"−∞"_s;
    }
    void numbers()
    {
        QFETCH(double, value);
        QTEST(format::number(value), "text");
    }

    void percent_data()
    {
        QTest::addColumn<double>("fraction");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << 0.0 << u"0 %"_s;
        QTest::newRow("tiny is not zero") << 1e-7 << u"< 0.01 %"_s;
        QTest::newRow("two decimals below ten") << 0.0123 << u"1.23 %"_s;
        QTest::newRow("one decimal from ten on") << 0.5 << u"50.0 %"_s;
        QTest::newRow("no elements") << qQNaN() << u"–"_s;
    }
    void percent()
    {
        QFETCH(double, fraction);
        QTEST(format::percent(fraction), "text");
    }

    void bytes_data()
    {
        QTest::addColumn<quint64>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("bytes") << quint64(1023) << u"1023 B"_s;
        QTest::newRow("one KiB") << quint64(1024) << u"1.00 KiB"_s;
        QTest::newRow("never 1000 KiB") << quint64(1023 * 1024) << u"1.00 MiB"_s;
        QTest::newRow("GiB") << quint64(3ull << 30) << u"3.00 GiB"_s;
    }
    void bytes()
    {
        QFETCH(quint64, bytes);
        QTEST(format::bytes(bytes), "text");
    }

    void countsAreGrouped()
    {
        QCOMPARE(format::count(8192), u"8\u2009192"_s);
        QCOMPARE(format::count(999), u"999"_s);
        QCOMPARE(format::shortCount(1'048'576), u"1.05\u2009M"_s);
    }

    void readOutNamesCodeAndError()
    {
        QCOMPARE(format::readOut(0.412, u"q 1"_s, 0.3), u"0.412 → q 1 → 0.300 (error −0.112)"_s);
        QCOMPARE(format::readOut(-2.5, u"q −7"_s, -2.1), u"−2.50 → q −7 → −2.10 (error +0.400)"_s);
    }

    void nullMetricHasAReason()
    {
        ErrorMetrics exact;
        exact.elements = 4;
        exact.sqnrDb = qQNaN();
        exact.sqnrReason = "exact";
        QCOMPARE(format::decibel(exact.sqnrDb), u"–"_s);
        QVERIFY(format::sqnrReason(exact).contains(u"No error"_s));
        ErrorMetrics measured;
        measured.sqnrDb = 12.34;
        QCOMPARE(format::decibel(measured.sqnrDb), u"12.3 dB"_s);
        QVERIFY(format::sqnrReason(measured).isEmpty());
        QCOMPARE(format::decibelNumber(-0.04), u"0.0"_s);
        QCOMPARE(format::decibelNumber(-2.36), u"−2.4"_s);
    }

    void everyMetricHasATooltip()
    {
        for (const auto& definition : metricDefinitions()) {
            QVERIFY(!format::metricTitle(definition.key).isEmpty());
            QVERIFY(format::metricTooltip(definition.key).contains(format::text(definition.formula)));
        }
    }

    void schemesInWords()
    {
        QCOMPARE(format::schemeName(parseScheme("bits=4")), u"INT4 symmetric per tensor"_s);
        QCOMPARE(format::schemeName(parseScheme("format=binary,granularity=channel")),
                 u"Binary per channel"_s);
    }
};

QTEST_GUILESS_MAIN(TestFormat)
#include "tst_format.moc"
