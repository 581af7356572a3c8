// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/chartexport.h"

#include "core/report/csv.h"
#include "core/support/error.h"
#include "ui/export/pngtext.h"
#include "ui/export/svgtext.h"
#include "ui/plots/chartpaint.h"

#include <QBuffer>
#include <QCryptographicHash>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

using Charts = std::vector<std::shared_ptr<const Chart>>;

constexpr double pixelsPerInch = 96;
constexpr double pointsPerInch = 72;
/// Two columns of a sheet are readable from here on.
constexpr int sheetColumnsFrom = 600;

QFont exportFont(const ExportSettings& settings)
{
    QFont font;
    font.setFamilies({u"DejaVu Sans"_s, u"Noto Sans"_s, u"Liberation Sans"_s, u"Arial"_s});
    font.setStyleHint(QFont::SansSerif);
    font.setHintingPreference(QFont::PreferNoHinting);
    font.setPixelSize(qRound(settings.points() * pixelsPerInch / pointsPerInch));
    return font;
}

ChartStyle styleOf(const ExportSettings& settings)
{
    ChartStyle style;
    style.colors = &themeColors(settings.theme == ExportTheme::Dark);
    style.font = exportFont(settings);
    style.lineScale = settings.lineScale();
    style.transparent = settings.theme == ExportTheme::Transparent;
    style.withTitle = true; // legends stand there too
    return style;
}

/// The charts as this export shows them, and where.
struct Page
{
    std::vector<Chart> charts;
    std::vector<PlacedChart> places;
    QSize size;
};

Page pageOf(const Charts& charts, const ExportSettings& settings)
{
    Page page;
    const QSize one = settings.pixels();
    const int count = static_cast<int>(charts.size());
    const int columns = count > 1 && one.width() >= sheetColumnsFrom ? 2 : 1;
    const QSize cell(one.width() / columns, columns == 1 ? one.height() : one.height() * 2 / 3);
    const int rows = (count + columns - 1) / columns;
    page.size = {one.width(), cell.height() * rows};
    page.charts.reserve(charts.size());
    for (int i = 0; i < count; ++i) {
        Chart& chart = page.charts.emplace_back(*charts[static_cast<std::size_t>(i)]);
        if (!settings.title)
            chart.title.clear();
        if (!settings.caption)
            chart.caption.clear();
        const bool whole = columns == 2 && i + 1 == count && i % 2 == 0; // the last one alone in its row
        page.places.push_back({nullptr, QRect((i % columns) * cell.width(), i / columns * cell.height(),
                                              whole ? one.width() : cell.width(), cell.height())});
    }
    for (std::size_t i = 0; i < page.charts.size(); ++i)
        page.places[i].chart = &page.charts[i];
    return page;
}

QString titleOf(const Charts& charts)
{
    QStringList titles;
    for (const auto& chart : charts)
        titles.append(chart->title);
    return titles.join(u" · "_s);
}

QString captionOf(const Charts& charts)
{
    QStringList captions;
    for (const auto& chart : charts)
        if (!chart->caption.isEmpty())
            captions.append(chart->caption);
    return captions.join(u'\n');
}

/// What pictures carry inside.
QByteArray insideOf(const Charts& charts, const ExportSettings& settings, const Json& meta)
{
    Json inside;
    inside["data"] = dataDigest(exportedRows(charts, settings));
    inside["meta"] = meta;
    return QByteArray::fromStdString(inside.dump(-1, ' ', false, Json::error_handler_t::replace));
}

QByteArray pngOf(const Charts& charts, const ExportSettings& settings, const QByteArray& inside)
{
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    if (!chartImage(charts, settings, settings.scale).save(&buffer, "PNG"))
        throw Error(ErrorCode::WriteFailed, "The picture is too large for this machine's memory.");
    return withPngText(png, "quantoscope", inside);
}

QByteArray svgOf(const Charts& charts, const ExportSettings& settings, const QByteArray& inside)
{
    const Page page = pageOf(charts, settings);
    SvgDevice device(page.size, settings.text);
    paintCharts(page.places, styleOf(settings), device, 1);
    return device.document(titleOf(charts), captionOf(charts), inside, settings.millimetres());
}

/// The XMP packet: title and, as text, what pictures carry inside.
QByteArray xmpOf(const QString& title, const QByteArray& inside)
{
    return "<?xpacket begin=\"\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
           "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n<rdf:Description "
           "rdf:about=\"\" "
           "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:quantoscope=\"urn:quantoscope:provenance\">\n"
           "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">"
           + xmlEscaped(title) + "</rdf:li></rdf:Alt></dc:title>\n<quantoscope:provenance>"
           + xmlEscaped(QString::fromUtf8(inside))
           + "</quantoscope:provenance>\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket "
             "end=\"w\"?>\n";
}

QByteArray pdfOf(const Charts& charts, const ExportSettings& settings, const QByteArray& inside)
{
    const Page page = pageOf(charts, settings);
    QByteArray pdf;
    QBuffer buffer(&pdf);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setPageSize(QPageSize(QSizeF(page.size) * pointsPerInch / pixelsPerInch, QPageSize::Point,
                                 QString(), QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF());
    writer.setResolution(static_cast<int>(pixelsPerInch));
    writer.setTitle(titleOf(charts));
    writer.setCreator(u"Quantoscope"_s);
    writer.setDocumentXmpMetadata(xmpOf(titleOf(charts), inside));
    paintCharts(page.places, styleOf(settings), writer, 1);
    return pdf;
}

bool isBetween(const Json& value, double lo, double hi)
{
    return !value.is_number() || (value.get<double>() >= lo && value.get<double>() <= hi);
}

/// Rows between the ends of the first panel's x axis, or all.
Json rowsOf(const Chart& chart, bool visibleOnly)
{
    if (!visibleOnly || chart.xKey.empty() || chart.panels.empty())
        return chart.rows;
    const ChartAxis& x = chart.panels.front().x;
    const double lo = std::isnan(x.lo) ? -std::numeric_limits<double>::infinity() : x.lo;
    const double hi = std::isnan(x.hi) ? std::numeric_limits<double>::infinity() : x.hi;
    Json rows = Json::array();
    for (const Json& row : chart.rows)
        if (!row.contains(chart.xKey) || isBetween(row[chart.xKey], lo, hi))
            rows.push_back(row);
    return rows;
}

} // namespace

Json exportedRows(const Charts& charts, const ExportSettings& settings)
{
    if (charts.size() == 1)
        return rowsOf(*charts.front(), settings.visibleOnly);
    Json rows = Json::array();
    for (const auto& chart : charts) {
        for (const Json& row : rowsOf(*chart, settings.visibleOnly)) {
            Json named;
            named["chart"] = chart->kind;
            named.update(row);
            rows.push_back(std::move(named));
        }
    }
    return rows;
}

Json dataDigest(const Json& rows)
{
    const QByteArray text =
        QByteArray::fromStdString(rows.dump(-1, ' ', false, Json::error_handler_t::replace));
    Json digest;
    digest["rows"] = rows.size();
    digest["sha256"] = QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex().toStdString();
    return digest;
}

QImage chartImage(const Charts& charts, const ExportSettings& settings, double scale)
{
    const Page page = pageOf(charts, settings);
    QImage image(page.size * scale, QImage::Format_ARGB32_Premultiplied);
    if (image.isNull())
        return image;
    image.fill(Qt::transparent);
    paintCharts(page.places, styleOf(settings), image, scale);
    const int dotsPerMeter = qRound(pixelsPerInch * scale / 0.0254);
    image.setDotsPerMeterX(dotsPerMeter);
    image.setDotsPerMeterY(dotsPerMeter);
    return image;
}

QByteArray exportCharts(const Charts& charts, const ExportSettings& settings, const Json& meta,
                        ExportFormat format)
{
    if (charts.empty())
        throw Error(ErrorCode::InvalidArgument, "There is no chart to export.");
    switch (format) {
    case ExportFormat::Csv:
        return QByteArray::fromStdString(csvText(exportedRows(charts, settings), meta));
    case ExportFormat::JsonRows: {
        Json answer;
        answer["rows"] = exportedRows(charts, settings);
        answer["meta"] = meta;
        return QByteArray::fromStdString(toText(answer));
    }
    case ExportFormat::Png:
        return pngOf(charts, settings, insideOf(charts, settings, meta));
    case ExportFormat::Svg:
        return svgOf(charts, settings, insideOf(charts, settings, meta));
    case ExportFormat::Pdf:
        return pdfOf(charts, settings, insideOf(charts, settings, meta));
    }
    return {};
}

QByteArray exportChart(const Chart& chart, const ExportSettings& settings, const Json& meta,
                       ExportFormat format)
{
    return exportCharts({std::make_shared<const Chart>(chart)}, settings, meta, format);
}

void writeExport(const QString& path, const QByteArray& bytes)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        throw Error(ErrorCode::WriteFailed,
                    "Cannot write '" + path.toStdString() + "': " + file.errorString().toStdString() + ".",
                    path.toStdString());
}

} // namespace quantoscope
