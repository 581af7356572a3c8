// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/readexport.h"

#include "core/support/error.h"

#include <QImage>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

[[noreturn]] void fail(const std::string& why)
{
    throw Error(ErrorCode::FileUnreadable, "This file cannot be made again: " + why + ".");
}

Json parsed(const QByteArray& text)
{
    Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!json.is_object())
        fail("what is written inside cannot be read");
    return json;
}

QByteArray between(const QByteArray& bytes, const QByteArray& start, const QByteArray& end)
{
    const qsizetype from = bytes.indexOf(start);
    const qsizetype to = from < 0 ? -1 : bytes.indexOf(end, from + start.size());
    if (to < 0)
        fail("nothing of Quantoscope is written inside");
    return bytes.mid(from + start.size(), to - from - start.size());
}

QByteArray unescaped(QByteArray text)
{
    return text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&");
}

QByteArray pngTextOf(const QByteArray& png)
{
    const QString text = QImage::fromData(png, "PNG").text(u"quantoscope"_s);
    if (text.isEmpty())
        fail("nothing of Quantoscope is written inside");
    return text.toUtf8();
}

/// One record from `at` on, which moves behind it.
std::vector<std::string> csvRecord(const QByteArray& text, qsizetype& at)
{
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted && c == '"' && at + 1 < text.size() && text[at + 1] == '"')
            cells.back() += text[++at];
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            cells.emplace_back();
        else if (c == '\n' && !quoted)
            break;
        else
            cells.back() += c;
    }
    ++at;
    return cells;
}

Json csvRows(const QByteArray& text, qsizetype at)
{
    Json rows = Json::array();
    const std::vector<std::string> columns = csvRecord(text, at);
    while (at < text.size()) {
        const std::vector<std::string> cells = csvRecord(text, at);
        Json row = Json::object();
        for (std::size_t i = 0; i < std::min(columns.size(), cells.size()); ++i)
            row[columns[i]] = cells[i];
        rows.push_back(std::move(row));
    }
    return rows;
}

ReadExport pictureOf(ExportFormat format, const QByteArray& inside)
{
    Json json = parsed(inside);
    return {format, json.value("meta", Json::object()), json.value("data", Json()), {}};
}

} // namespace

ReadExport readExport(const QByteArray& bytes)
{
    if (bytes.startsWith("\x89PNG"))
        return pictureOf(ExportFormat::Png, pngTextOf(bytes));
    if (bytes.startsWith("<?xml") || bytes.startsWith("<svg"))
        return pictureOf(ExportFormat::Svg,
                         unescaped(between(bytes, "<metadata id=\"quantoscope\">", "</metadata>")));
    if (bytes.startsWith("%PDF"))
        return pictureOf(ExportFormat::Pdf,
                         unescaped(between(bytes, "<quantoscope:provenance>", "</quantoscope:provenance>")));
    if (bytes.startsWith("# {")) {
        const qsizetype end = bytes.indexOf('\n');
        return {ExportFormat::Csv, parsed(bytes.mid(2, end - 2)), {}, csvRows(bytes, end + 1)};
    }
    if (bytes.trimmed().startsWith('{')) {
        ReadExport read{ExportFormat::JsonRows, {}, {}, parsed(bytes)};
        read.meta = read.content.value("meta", Json::object());
        read.content.erase("meta");
        return read;
    }
    fail("it is no PNG, SVG, PDF, CSV or JSON of Quantoscope");
}

QByteArray drawingOf(const QByteArray& bytes, ExportFormat format)
{
    if (format == ExportFormat::Png) {
        const QImage image = QImage::fromData(bytes, "PNG").convertToFormat(QImage::Format_ARGB32);
        return QByteArray::number(image.width()) + ' '
               + QByteArray(reinterpret_cast<const char*>(image.constBits()), image.sizeInBytes());
    }
    if (format == ExportFormat::Svg) {
        const qsizetype from = bytes.indexOf("<metadata");
        const QByteArray end = "</metadata>";
        return bytes.left(from) + bytes.mid(bytes.indexOf(end, from) + end.size());
    }
    // Qt writes the fonts of a PDF in any order.
    QByteArrayList drawing;
    if (format == ExportFormat::Pdf) {
        for (qsizetype at = bytes.indexOf("\nstream"); at >= 0; at = bytes.indexOf("\nstream", at)) {
            const qsizetype end = bytes.indexOf("endstream", at);
            const QByteArray content = bytes.mid(at, end < 0 ? -1 : end - at);
            if (!content.contains("<?xpacket"))
                drawing << content;
            at += std::max<qsizetype>(content.size(), 1);
        }
    }
    std::sort(drawing.begin(), drawing.end());
    return drawing.join();
}

} // namespace quantoscope
