// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/support/error.h"
#include "ui/export/chartexport.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

/// A curve that leaves its frame on all sides, levels over the whole axis, a zone, a rule and four rows.
Chart someChart()
{
    Chart chart;
    chart.kind = "error";
    chart.title = u"Error <over> bits & more"_s;
    chart.caption =
        u"MSE = mean((x − x̂)²); SQNR = 10·log10(mean(x²) / MSE), for every width; the scheme's range is min-max"_s;
    chart.xKey = "bits";
    ChartPanel panel;
    panel.x.title = u"Bits"_s;
    panel.x.lo = 2;
    panel.x.hi = 5;
    panel.y.title = u"MSE [units²]"_s;
    panel.y.lo = -1;
    panel.y.hi = 1;
    ChartSeries series;
    series.name = u"Scheme A, symmetric"_s;
    for (int i = 0; i <= 70; ++i) {
        series.x.push_back(i * 0.1);
        series.y.push_back(3 * std::sin(i * 0.5));
    }
    panel.series.push_back(series);
    ChartLevels levels;
    levels.name = u"Levels"_s;
    levels.step = 0.25;
    levels.count = 40;
    panel.levels.push_back(levels);
    ChartZone zone;
    zone.to = 2.5;
    zone.name = u"Clipped"_s;
    panel.zones.push_back(zone);
    chart.panels.push_back(panel);
    for (int bits = 1; bits <= 8; ++bits)
        chart.rows.push_back({{"bits", bits}, {"mse", 1.0 / (3 << bits)}});
    return chart;
}

Json someMeta()
{
    Json meta;
    meta["command"] = "quantoscope chart sample --layer 'a & b' -o x.svg";
    return meta;
}

QByteArray made(ExportFormat format, const ExportSettings& settings = {})
{
    return exportChart(someChart(), settings, someMeta(), format);
}

/// Ends of all numbers pairs of a path.
QRectF boundsOf(const QString& path)
{
    static const QRegularExpression pair(u"(-?[0-9.]+) (-?[0-9.]+)"_s);
    QPolygonF points;
    for (auto match = pair.globalMatch(path); match.hasNext();) {
        const auto found = match.next();
        points << QPointF(found.captured(1).toDouble(), found.captured(2).toDouble());
    }
    return points.boundingRect();
}

} // namespace

class TestChartExport : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void everyPlottableOfAnSvgIsClippedToItsFrame()
    {
        QXmlStreamReader reader(made(ExportFormat::Svg));
        QStringList clips;
        int clipped = 0;
        QString curve;
        while (!reader.atEnd()) {
            reader.readNext();
            if (reader.isStartElement()) {
                const QString around = clips.isEmpty() ? QString() : clips.last();
                const QString own = reader.attributes().value(u"clip-path"_s).toString();
                clips.append(own.isEmpty() ? around : own);
                const QString path = reader.attributes().value(u"d"_s).toString();
                if (reader.name() == u"path" && reader.attributes().hasAttribute(u"stroke"_s)) {
                    if (!clips.last().isEmpty())
                        ++clipped;
                    else // what is not clipped lies on the page
                        QVERIFY2(QRectF(-1, -1, 962, 602).contains(boundsOf(path)),
                                 qPrintable(path.left(200)));
                    if (path.count(u'L') > 25)
                        curve = clips.last();
                }
            } else if (reader.isEndElement()) {
                clips.removeLast();
            }
        }
        QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
        QVERIFY(clipped > 3);
        QVERIFY(curve.startsWith(u"url(#c"_s));
    }

    void anSvgHoldsTextsAndProvenance()
    {
        QXmlStreamReader reader(made(ExportFormat::Svg));
        QString texts;
        QByteArray inside;
        while (!reader.atEnd()) {
            reader.readNext();
            if (reader.isStartElement() && reader.name() == u"text")
                texts += reader.readElementText() + u'\n';
            else if (reader.isStartElement() && reader.name() == u"metadata")
                inside = reader.readElementText().toUtf8();
        }
        QVERIFY(texts.contains(u"Error <over> bits & more"_s));
        QVERIFY(texts.contains(u"Scheme A, symmetric"_s));
        const Json json = Json::parse(inside.toStdString());
        QCOMPARE(QString::fromStdString(json["meta"]["command"]),
                 u"quantoscope chart sample --layer 'a & b' -o x.svg"_s);
        QCOMPARE(json["data"]["rows"].get<int>(), 8);
    }

    void pngHasTheSizeAskedForAndItsChunkReadsBack()
    {
        ExportSettings settings;
        settings.size = ExportSize::Slide;
        settings.scale = 1.5;
        const QByteArray png = made(ExportFormat::Png, settings);
        const QImage image = QImage::fromData(png, "PNG");
        QCOMPARE(image.size(), QSize(2400, 1350));
        QCOMPARE(image.dotsPerMeterX(), qRound(144 / 0.0254));
        const Json inside = Json::parse(image.text(u"quantoscope"_s).toStdString());
        QCOMPARE(QString::fromStdString(inside["meta"].dump()), QString::fromStdString(someMeta().dump()));
    }

    void themesColourThePage()
    {
        const auto corner = [](ExportTheme theme) {
            ExportSettings settings;
            settings.theme = theme;
            return QImage::fromData(made(ExportFormat::Png, settings)).pixelColor(1, 1);
        };
        QCOMPARE(corner(ExportTheme::Light), QColor(Qt::white));
        QVERIFY(corner(ExportTheme::Dark).lightness() < 60);
        QCOMPARE(corner(ExportTheme::Transparent).alpha(), 0);
    }

    void aPdfEmbedsItsFontsAndItsProvenance()
    {
        const QByteArray pdf = made(ExportFormat::Pdf);
        QVERIFY(pdf.startsWith("%PDF-1"));
        QVERIFY(pdf.contains("/FontFile2") || pdf.contains("/FontFile3"));
        QVERIFY(pdf.contains("/ToUnicode"));
        QVERIFY(!pdf.contains("/Subtype /Image"));
        QVERIFY(pdf.contains("<quantoscope:provenance>"));
    }

    void csvReadsBackAsTheRows()
    {
        const QString csv = QString::fromUtf8(made(ExportFormat::Csv));
        const QStringList lines = csv.split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 10);
        QVERIFY(lines[0].startsWith(u"# {"_s));
        QCOMPARE(lines[1], u"bits,mse"_s);
        for (int bits = 1; bits <= 8; ++bits)
            QCOMPARE(lines[bits + 1].section(u',', 1).toDouble(), 1.0 / (3 << bits));
    }

    void visibleRowsAreThoseBetweenTheEndsOfTheAxis()
    {
        ExportSettings settings;
        settings.visibleOnly = true;
        const Json rows = Json::parse(made(ExportFormat::JsonRows, settings).toStdString())["rows"];
        QCOMPARE(rows.size(), 4u);
        QCOMPARE(rows.front()["bits"].get<int>(), 2);
        QCOMPARE(rows.back()["bits"].get<int>(), 5);
    }

    void equalExportsAreEqualBytes()
    {
        for (const ExportFormat format : {ExportFormat::Png, ExportFormat::Svg, ExportFormat::Csv})
            QCOMPARE(made(format), made(format));
    }

    void nothingIsDrawnBeyondThePage_data()
    {
        QTest::addColumn<QString>("size");
        for (const char* size : {"85mm", "170mm", "slide", "screen"})
            QTest::newRow(size) << QString::fromLatin1(size);
    }

    /// A border of a pixel stays empty: nothing that touches the edge, so nothing cut by it.
    void nothingIsDrawnBeyondThePage()
    {
        QFETCH(QString, size);
        ExportSettings settings;
        QVERIFY(setSizeText(settings, size));
        settings.scale = 1;
        const QImage image = QImage::fromData(made(ExportFormat::Png, settings));
        for (int x = 0; x < image.width(); ++x) {
            QCOMPARE(image.pixelColor(x, 0), QColor(Qt::white));
            QCOMPARE(image.pixelColor(x, image.height() - 1), QColor(Qt::white));
        }
        for (int y = 0; y < image.height(); ++y) {
            QCOMPARE(image.pixelColor(0, y), QColor(Qt::white));
            QCOMPARE(image.pixelColor(image.width() - 1, y), QColor(Qt::white));
        }
    }

    void severalChartsShareAPage()
    {
        const auto chart = std::make_shared<const Chart>(someChart());
        const QByteArray png = exportCharts({chart, chart, chart}, {}, someMeta(), ExportFormat::Png);
        QCOMPARE(QImage::fromData(png).size(), QSize(1920, 1600));
        const QByteArray csv = exportCharts({chart, chart}, {}, someMeta(), ExportFormat::Csv);
        QCOMPARE(csv.count("\nerror,"), 16);
    }

    void aFailedSaveLeavesTheOldFile()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"a.svg"_s);
        writeExport(path, "old");
        QVERIFY_THROWS_EXCEPTION(Error, writeExport(folder.filePath(u"none/a.svg"_s), "new"));
        QVERIFY_THROWS_EXCEPTION(Error, writeExport(folder.path(), "new"));
        writeExport(path, "new");
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), "new");
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
    }

    void sizesAreReadAsWritten()
    {
        ExportSettings settings;
        for (const QString& text : {u"screen"_s, u"slide"_s, u"85mm"_s, u"170mm"_s, u"640x480"_s}) {
            QVERIFY(setSizeText(settings, text));
            QCOMPARE(sizeText(settings), text);
        }
        for (const QString& text : {u"85"_s, u"10x10"_s, u"99999x100"_s, u""_s, u"axb"_s})
            QVERIFY(!setSizeText(settings, text));
        QCOMPARE(settings.pixels(), QSize(640, 480));
    }
};

QTEST_MAIN(TestChartExport)
#include "tst_chartexport.moc"
