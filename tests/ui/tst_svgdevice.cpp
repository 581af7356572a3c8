// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svgdevice.h"

#include <QFont>
#include <QImage>
#include <QLocale>
#include <QPainter>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

using Draw = std::function<void(QPainter&)>;

QString drawn(const Draw& draw, SvgText text = SvgText::Text)
{
    SvgDevice device(QSize(200, 100), text);
    QPainter painter(&device);
    QFont font(u"DejaVu Sans"_s);
    font.setPixelSize(12);
    font.setHintingPreference(QFont::PreferNoHinting);
    painter.setFont(font);
    draw(painter);
    painter.end();
    return QString::fromUtf8(device.document(u"A & <B>"_s, {}, "{\"meta\":{\"command\":\"a <b\"}}"));
}

struct Element
{
    QString name;
    QXmlStreamAttributes attributes;
    QString text;
    QStringList clips; ///< of the groups around it, outermost first
    bool operator==(const Element&) const = default;
};

/// Fails on anything that is no XML.
QList<Element> elementsOf(const QString& document)
{
    QXmlStreamReader reader(document);
    QList<Element> elements;
    QList<int> open;
    QStringList clips;
    while (!reader.atEnd()) {
        switch (reader.readNext()) {
        case QXmlStreamReader::StartElement: {
            const QString clip = reader.attributes().value(u"clip-path"_s).toString();
            clips.append(clip);
            QStringList around = clips;
            around.removeAll(QString());
            open.append(static_cast<int>(elements.size()));
            elements.append({reader.name().toString(), reader.attributes(), {}, around});
            break;
        }
        case QXmlStreamReader::Characters:
            if (!open.isEmpty())
                elements[open.last()].text += reader.text().toString();
            break;
        case QXmlStreamReader::EndElement:
            open.removeLast();
            clips.removeLast();
            break;
        default:
            break;
        }
    }
    if (reader.hasError())
        qWarning("%s", qPrintable(reader.errorString()));
    return elements;
}

QList<Element> named(const QString& name, const QList<Element>& elements)
{
    QList<Element> found;
    std::copy_if(elements.begin(), elements.end(), std::back_inserter(found),
                 [&](const Element& element) { return element.name == name; });
    return found;
}

} // namespace

class TestSvgDevice : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void clipsAreGroupsAndEndWithTheSavedState()
    {
        const auto elements = elementsOf(drawn([](QPainter& painter) {
            painter.drawLine(0, 0, 10, 10);
            painter.save();
            painter.setClipRect(QRect(20, 20, 30, 30));
            painter.drawLine(0, 0, 200, 100);
            painter.save();
            painter.setClipRect(QRect(40, 10, 30, 30), Qt::IntersectClip);
            painter.drawLine(0, 0, 200, 50);
            painter.restore();
            painter.drawLine(0, 0, 200, 25);
            painter.restore();
            painter.drawLine(0, 0, 10, 5);
        }));
        QList<Element> lines;
        for (const Element& path : named(u"path"_s, elements))
            if (path.attributes.hasAttribute(u"stroke"_s))
                lines.append(path);
        QCOMPARE(lines.size(), 5);
        QVERIFY(lines[0].clips.isEmpty());
        QCOMPARE(lines[1].clips, QStringList{u"url(#c1)"_s});
        QCOMPARE(lines[2].clips, QStringList{u"url(#c2)"_s});
        QCOMPARE(lines[3].clips, QStringList{u"url(#c1)"_s});
        QVERIFY(lines[4].clips.isEmpty());
        const auto clips = named(u"clipPath"_s, elements);
        QCOMPARE(clips.size(), 2);
        const QString path = elements[elements.indexOf(clips[0]) + 1].attributes.value(u"d"_s).toString();
        QCOMPARE(path, u"M20 20L50 20L50 50L20 50Z"_s);
    }

    void textsAreEscapedAndNameAGenericFont()
    {
        const auto texts = named(u"text"_s, elementsOf(drawn([](QPainter& painter) {
                                     painter.drawText(QPointF(10, 20), u"a < b & \"c\" −2 μ"_s);
                                 })));
        QString whole; // fonts that lack a letter leave it to another run
        for (const Element& text : texts)
            whole += text.text;
        QCOMPARE(whole, u"a < b & \"c\" −2 μ"_s);
        QVERIFY(texts[0].attributes.value(u"font-family"_s).endsWith(u"sans-serif"));
        QCOMPARE(texts[0].attributes.value(u"font-size"_s), u"12");
        QCOMPARE(texts[0].attributes.value(u"x"_s), u"10");
    }

    void outlinesHoldNoText()
    {
        const auto elements = elementsOf(drawn(
            [](QPainter& painter) { painter.drawText(QPointF(10, 20), u"Value"_s); }, SvgText::Outlines));
        QVERIFY(named(u"text"_s, elements).isEmpty());
        QVERIFY(named(u"path"_s, elements).first().attributes.value(u"d"_s).size() > 200);
    }

    void imagesAndPatternsNeedNothingFromTheReader()
    {
        const QString document = drawn([](QPainter& painter) {
            QImage image(2, 2, QImage::Format_RGB32);
            image.fill(Qt::red);
            painter.drawImage(QRectF(10, 10, 50, 50), image);
            painter.fillRect(QRectF(100, 10, 50, 50), QBrush(Qt::blue, Qt::BDiagPattern));
        });
        const auto elements = elementsOf(document);
        QVERIFY(named(u"image"_s, elements)
                    .first()
                    .attributes.value(u"xlink:href"_s)
                    .startsWith(u"data:image/png;base64,"));
        QVERIFY(!document.contains(u"<pattern"_s));
        const Element hatch = named(u"path"_s, elements).last();
        QCOMPARE(hatch.attributes.value(u"stroke"_s), u"#0000ff");
        QCOMPARE(hatch.clips.size(), 1);
    }

    void metadataAndTitleReadBack()
    {
        const auto elements = elementsOf(drawn([](QPainter&) {}));
        QCOMPARE(named(u"title"_s, elements).first().text, u"A & <B>"_s);
        QCOMPARE(named(u"metadata"_s, elements).first().text, u"{\"meta\":{\"command\":\"a <b\"}}"_s);
    }

    void everyLocaleGivesTheSameBytes()
    {
        const Draw draw = [](QPainter& painter) {
            painter.setPen(QPen(QColor(10, 20, 30, 40), 1.25, Qt::DashLine));
            painter.rotate(30);
            painter.drawEllipse(QPointF(60.125, 20.5), 1234.5678, 5.5);
            painter.drawText(QPointF(10, 20), u"1.5"_s);
        };
        const QString before = drawn(draw);
        const QLocale old;
        QLocale::setDefault(QLocale(QLocale::German));
        const QString german = drawn(draw);
        QLocale::setDefault(old);
        QCOMPARE(german, before);
        QVERIFY(before.contains(u"stroke-opacity=\"0.157\""_s));
    }
};

QTEST_MAIN(TestSvgDevice)
#include "tst_svgdevice.moc"
