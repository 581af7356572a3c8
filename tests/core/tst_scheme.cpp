// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/presets.h"
#include "core/quant/scheme.h"
#include "core/support/error.h"

#include <QRegularExpression>
#include <QTest>

using namespace quantoscope;

class TestScheme : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void canonicalText_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("canonical");
        QTest::newRow("defaults are left out except the bits") << "bits=8,grid=symmetric"
                                                               << "bits=8";
        QTest::newRow("keys take the fixed order") << "rounding=floor,bits=3,grid=offset"
                                                   << "bits=3,grid=offset,rounding=floor";
        QTest::newRow("every key") << "bits=5,grid=zero-point,codes=signed,granularity=group:32,"
                                      "range=percentile:99.9,rounding=stochastic:7"
                                   << "bits=5,grid=zero-point,codes=signed,granularity=group:32,"
                                      "range=percentile:99.9,rounding=stochastic:7";
        QTest::newRow("explicit codes") << "codes=-64:64"
                                        << "bits=8,codes=-64:64";
        QTest::newRow("a channel axis") << "granularity=channel:1"
                                        << "bits=8,granularity=channel:1";
        QTest::newRow("a manual range") << "range=manual:-0.5:2"
                                        << "bits=8,range=manual:-0.5:2";
        QTest::newRow("a preset") << "int4-group-32"
                                  << "bits=4,granularity=group:32";
        QTest::newRow("pairs override the preset") << "int8-per-channel,bits=6"
                                                   << "bits=6,granularity=channel,act.bits=8";
        QTest::newRow("binary has no bits") << "binary,granularity=channel"
                                            << "format=binary,granularity=channel";
        QTest::newRow("format=binary alone sets one bit") << "format=binary"
                                                          << "format=binary";
        QTest::newRow("int over a binary preset returns to 8 bits") << "binary,format=int"
                                                                    << "bits=8";
    }
    void canonicalText()
    {
        QFETCH(QString, text);
        QFETCH(QString, canonical);
        const Scheme scheme = parseScheme(text.toStdString());
        QCOMPARE(QString::fromStdString(toText(scheme)), canonical);
        QVERIFY(parseScheme(toText(scheme)) == scheme);
    }

    void errorsSayWhereAndWhat_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected"); // every part must occur
        QTest::newRow("empty") << ""
                               << "empty";
        QTest::newRow("unknown key") << "bit=8"
                                     << "position 1|key 'bit'|'bits'";
        QTest::newRow("unknown preset") << "int8-per-chanel"
                                        << "preset|'int8-per-channel'";
        QTest::newRow("unknown grid") << "bits=4,grid=symetric"
                                      << "position 13|'symetric'|'symmetric'";
        QTest::newRow("nothing near lists all") << "grid=xyzxyzxyzxyz"
                                                << "known:|mid-rise";
        QTest::newRow("given twice") << "bits=4,bits=5"
                                     << "position 8|twice";
        QTest::newRow("not a number") << "bits=four"
                                      << "position 6|'four'|1 to 16";
        QTest::newRow("too many bits") << "bits=17"
                                       << "1 to 16";
        QTest::newRow("no bits") << "bits=0"
                                 << "1 to 16";
        QTest::newRow("no value") << "bits="
                                  << "no value";
        QTest::newRow("a preset behind a pair") << "bits=4,int8-per-channel"
                                                << "preset stands first";
        QTest::newRow("trailing comma") << "bits=4,"
                                        << "position 8";
        QTest::newRow("group without size") << "granularity=group"
                                            << "group:N";
        QTest::newRow("group of zero") << "granularity=group:0"
                                       << "from 1";
        QTest::newRow("percentile over 100") << "range=percentile:101"
                                             << "percentile";
        QTest::newRow("percentile of 0") << "range=percentile:0"
                                         << "percentile";
        QTest::newRow("manual range upside down") << "range=manual:2:-2"
                                                  << "LO < HI";
        QTest::newRow("manual range of one number") << "range=manual:2"
                                                    << "manual:LO:HI";
        QTest::newRow("ratio of zero") << "range=ratio:0"
                                       << "ratio";
        QTest::newRow("infinite range") << "range=manual:-inf:2"
                                        << "finite";
        QTest::newRow("symmetric at 1 bit") << "bits=1"
                                            << "format=binary|grid=mid-rise";
        QTest::newRow("codes wider than the bits") << "bits=4,codes=-128:127"
                                                   << "16";
        QTest::newRow("codes upside down") << "codes=5:-5"
                                           << "ascending";
        QTest::newRow("binary with a grid") << "binary,grid=zero-point"
                                            << "binary|around the mean";
        QTest::newRow("binary with two bits") << "format=binary,bits=2"
                                              << "1 bit|leave 'bits' out";
        QTest::newRow("stochastic without seed") << "rounding=stochastic"
                                                 << "stochastic:SEED";
        QTest::newRow("negative seed") << "rounding=stochastic:-1"
                                       << "from 0";
    }
    void errorsSayWhereAndWhat()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        try {
            parseScheme(text.toStdString());
        } catch (const Error& error) {
            QVERIFY(error.code() == ErrorCode::SchemeText);
            const QString message = QString::fromUtf8(error.what());
            for (const QString& part : expected.split(u'|'))
                QVERIFY2(message.contains(part),
                         qPrintable(QStringLiteral("%1 lacks %2").arg(message, part)));
            QVERIFY2(message.endsWith(u'.'), qPrintable(message));
            return;
        }
        QFAIL("accepted");
    }

    void degenerateOneBitGridsAreAllowed()
    {
        for (const char* text : {"bits=1,grid=mid-rise", "bits=1,grid=zero-point", "bits=1,grid=offset",
                                 "bits=1,grid=symmetric-full", "bits=1,grid=symmetric-full-neg"})
            QVERIFY2(parseScheme(text).bits == 1, text);
    }

    void widthChanges()
    {
        const Scheme symmetric = parseScheme("bits=4,granularity=channel,rounding=floor");
        QCOMPARE(toText(withBits(symmetric, 1)), std::string("format=binary,granularity=channel"));
        QCOMPARE(toText(withBits(symmetric, 3)), std::string("bits=3,granularity=channel,rounding=floor"));
        QCOMPARE(toText(withBits(parseScheme("binary"), 2)), std::string("bits=2"));
        QCOMPARE(toText(withBits(parseScheme("bits=8,grid=offset"), 1)), std::string("bits=1,grid=offset"));
        QCOMPARE(toText(withBits(parseScheme("codes=-64:64"), 4)), std::string("bits=4"));
        for (int bits = 1; bits <= 16; ++bits)
            validate(withBits(symmetric, bits));
    }

    void presetsParse()
    {
        for (const Preset& preset : presets()) {
            const Scheme scheme = parseScheme(preset.name);
            QCOMPARE(toText(scheme), std::string(preset.scheme));
            QVERIFY(!preset.source.empty());
        }
    }
};

QTEST_APPLESS_MAIN(TestScheme)
#include "tst_scheme.moc"
