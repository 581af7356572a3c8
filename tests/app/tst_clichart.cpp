// SPDX-License-Identifier: GPL-3.0-or-later
// Every kind of chart in every format through the built executable, parsed back and made again.
#include "app/chartcommand/chartkinds.h"
#include "core/report/json.h"
#include "ui/export/readexport.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

struct Answer
{
    int status = -1;
    QByteArray out;
    QByteArray err;
};

} // namespace

class TestCliChart : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }
    void everyKind_data() { kinds(); }
    void everyKind();
    void reproducesEveryKind_data() { kinds(); }
    void reproducesEveryKind();
    void tellsWhatDiffers();
    void refuses_data();
    void refuses();

private:
    static void kinds();
    Answer run(const QStringList& arguments) const;
    QByteArray bytesOf(const QString& name) const;
    void write(const QString& name, const QByteArray& bytes) const;
    Answer chart(const QString& kind, const QString& output, const QStringList& more = {}) const;
    void checkPng(const QByteArray& png) const;
    void checkSvg(const QByteArray& svg) const;
    void checkPdf(const QByteArray& pdf) const;
    void checkData(const QByteArray& csv, const QByteArray& json) const;

    QTemporaryDir m_folder;
};

void TestCliChart::kinds()
{
    QTest::addColumn<QString>("kind");
    for (const ChartKind& kind : chartKinds())
        QTest::newRow(kind.name.c_str()) << QString::fromStdString(kind.name);
}

Answer TestCliChart::run(const QStringList& arguments) const
{
    QProcess process;
    process.setWorkingDirectory(m_folder.path());
    process.start(QStringLiteral(QUANTOSCOPE_EXECUTABLE), arguments);
    Answer answer;
    if (process.waitForFinished())
        answer = {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    return answer;
}

QByteArray TestCliChart::bytesOf(const QString& name) const
{
    QFile file(m_folder.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestCliChart::write(const QString& name, const QByteArray& bytes) const
{
    QFile file(m_folder.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

Answer TestCliChart::chart(const QString& kind, const QString& output, const QStringList& more) const
{
    return run(QStringList{"chart", "synth:laplace,shape=6x40,seed=4", "--kind", kind, "--scheme",
                           "bits=4,range=ratio:0.6", "-o", output}
               + more);
}

void TestCliChart::checkPng(const QByteArray& png) const
{
    const QImage image = QImage::fromData(png, "PNG");
    QCOMPARE(image.size(), QSize(400 * 2, 300 * 2));
    const ReadExport read = readExport(png);
    QVERIFY(read.meta["command"].get<std::string>().starts_with("quantoscope chart"));
    QVERIFY(read.data["rows"].get<int>() > 0);
}

/// Everything drawn lies in a group with a clip that is defined, but for text, frames and legends beside the panels.
void TestCliChart::checkSvg(const QByteArray& svg) const
{
    QXmlStreamReader xml(svg);
    QSet<QString> defined;
    QSet<QString> used;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement)
            continue;
        if (xml.name() == u"clipPath")
            defined.insert(xml.attributes().value(u"id"_s).toString());
        const QString clip = xml.attributes().value(u"clip-path"_s).toString();
        if (!clip.isEmpty())
            used.insert(clip.mid(5, clip.size() - 6)); // url(#…)
    }
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QVERIFY(!used.isEmpty());
    QVERIFY((used - defined).isEmpty());
}

void TestCliChart::checkPdf(const QByteArray& pdf) const
{
    QVERIFY(pdf.startsWith("%PDF"));
    QVERIFY(pdf.contains("/FontFile2") || pdf.contains("/FontFile3"));
    QVERIFY(pdf.contains("/ToUnicode")); // text can be taken out
    QVERIFY(!drawingOf(pdf, ExportFormat::Pdf).isEmpty());
}

/// CSV and JSON say the same, to the last digit.
void TestCliChart::checkData(const QByteArray& csv, const QByteArray& json) const
{
    const Json cells = readExport(csv).content;
    const Json rows = readExport(json).content["rows"];
    QVERIFY(!rows.empty());
    QCOMPARE(cells.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (const auto& [key, value] : rows[i].items()) {
            const std::string cell = cells[i].value(key, std::string("missing"));
            if (value.is_number())
                QCOMPARE(std::stod(cell), value.get<double>());
            else if (value.is_null())
                QCOMPARE(cell, std::string());
            else if (value.is_string())
                QCOMPARE(cell, value.get<std::string>());
        }
    }
}

void TestCliChart::everyKind()
{
    QFETCH(QString, kind);
    for (const char* extension : {"png", "svg", "pdf", "csv", "json"}) {
        const QString name = kind + u'.' + QLatin1StringView(extension);
        const Answer answer = chart(kind, name, {"--size", "400x300"});
        QVERIFY2(answer.status == 0, answer.err.constData());
    }
    checkPng(bytesOf(kind + u".png"_s));
    checkSvg(bytesOf(kind + u".svg"_s));
    checkPdf(bytesOf(kind + u".pdf"_s));
    checkData(bytesOf(kind + u".csv"_s), bytesOf(kind + u".json"_s));
    // A picture's digest is that of the data.
    const Json digest = readExport(bytesOf(kind + u".png"_s)).data;
    QCOMPARE(digest["rows"].get<std::size_t>(), readExport(bytesOf(kind + u".csv"_s)).content.size());
    QCOMPARE(digest.dump(), readExport(bytesOf(kind + u".svg"_s)).data.dump());
}

void TestCliChart::reproducesEveryKind()
{
    QFETCH(QString, kind);
    for (const char* extension : {"png", "svg", "pdf", "csv", "json"}) {
        const QString name = kind + u"-again."_s + QLatin1StringView(extension);
        QCOMPARE(chart(kind, name).status, 0);
        const QByteArray before = bytesOf(name);
        const Answer answer = run({"reproduce", name, "--json"});
        QVERIFY2(answer.status == 0, (answer.err + answer.out).constData());
        const Json json = Json::parse(answer.out.toStdString());
        QVERIFY(json["equal"].get<bool>());
        // The time and an id are in every PDF.
        if (QLatin1StringView(extension) != u"pdf")
            QVERIFY(json["bytesEqual"].get<bool>());
        QCOMPARE(bytesOf(name), before); // nothing is written over
    }
}

void TestCliChart::tellsWhatDiffers()
{
    QCOMPARE(chart(u"histogram"_s, u"h.csv"_s).status, 0);
    QByteArray csv = bytesOf(u"h.csv"_s);
    const qsizetype line = csv.indexOf('\n', csv.indexOf('\n') + 1) + 1;
    csv.insert(csv.indexOf(',', line), '7');
    write(u"h.csv"_s, csv);
    Answer answer = run({"reproduce", "h.csv"});
    QCOMPARE(answer.status, 3);
    QVERIFY2(answer.out.contains("rows[0]."), answer.out.constData());

    QCOMPARE(chart(u"histogram"_s, u"h.svg"_s).status, 0);
    QByteArray svg = bytesOf(u"h.svg"_s);
    write(u"h.svg"_s, svg.replace("</svg>", "<path d=\"M0 0L9 9\"/></svg>"));
    answer = run({"reproduce", "h.svg", "--json"});
    QCOMPARE(answer.status, 3);
    const Json json = Json::parse(answer.out.toStdString());
    QVERIFY(json["numbersEqual"].get<bool>() && !json["equal"].get<bool>());

    // Reports of other sub-commands too, and never the files that they would write.
    answer =
        run({"values", "--values", "-1,2,0.3", "--scheme", "bits=4", "--packed-out", "codes.bin", "--json"});
    QCOMPARE(answer.status, 0);
    write(u"v.json"_s, answer.out);
    QVERIFY(QFile::remove(m_folder.filePath(u"codes.bin"_s)));
    QCOMPARE(run({"reproduce", "v.json"}).status, 0);
    QVERIFY(!QFile::exists(m_folder.filePath(u"codes.bin"_s)));
    QByteArray values = answer.out;
    write(u"v.json"_s, values.replace("\"nanCount\": 0", "\"nanCount\": 1"));
    answer = run({"reproduce", "v.json"});
    QCOMPARE(answer.status, 3);
    QVERIFY(answer.out.contains("nanCount"));
}

void TestCliChart::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("says");
    const QStringList start = {"chart", "synth:gauss,shape=4x8,seed=1", "--kind", "histogram"};
    QTest::newRow("frames of a format of one width")
        << start + QStringList{"--scheme", "nf4", "--animate", "bits=4..2", "-o", "f.png"} << 2
        << QByteArray("one width");
    QTest::newRow("no such folder, before the file is opened")
        << QStringList{"chart", "missing.onnx", "--kind", "histogram", "-o", "missing/f.png"} << 1
        << QByteArray("no folder 'missing'");
    QTest::newRow("unknown kind") << QStringList{"chart", "sample", "--kind", "histogramm", "-o", "f.png"}
                                  << 2 << QByteArray("did you mean 'histogram'");
    QTest::newRow("nothing inside") << QStringList{"reproduce", "plain.svg"} << 1
                                    << QByteArray("written inside");
    QTest::newRow("no figure") << QStringList{"reproduce", "plain.txt"} << 1 << QByteArray("no PNG, SVG");
    QTest::newRow("no file") << QStringList{"reproduce", "gone.svg"} << 1 << QByteArray("gone.svg");
    QTest::newRow("another program's command")
        << QStringList{"reproduce", "foreign.json"} << 1 << QByteArray("none of Quantoscope");
    QTest::newRow("no command") << QStringList{"reproduce", "silent.json"} << 1 << QByteArray("no command");
}

void TestCliChart::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, status);
    QFETCH(QByteArray, says);
    write(u"plain.svg"_s, "<?xml version=\"1.0\"?><svg/>");
    write(u"plain.txt"_s, "words");
    write(u"foreign.json"_s, R"({"meta": {"command": "rm -rf x"}})");
    write(u"silent.json"_s, R"({"meta": {}})");
    const Answer answer = run(arguments);
    QCOMPARE(answer.status, status);
    QVERIFY2(answer.err.contains(says), answer.err.constData());
    QVERIFY(QDir(m_folder.path()).entryList({u"f.png"_s, u"f-*"_s}).isEmpty());
}

QTEST_GUILESS_MAIN(TestCliChart)
#include "tst_clichart.moc"
