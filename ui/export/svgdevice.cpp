// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/svgdevice.h"

#include "ui/export/svgengine.h"
#include "ui/export/svgtext.h"

namespace quantoscope {

namespace {

constexpr int dotsPerInch = 96; // one unit of SVG

int millimetres(int pixels) { return qRound(pixels * 25.4 / dotsPerInch); }

} // namespace

SvgDevice::SvgDevice(const QSize& size, SvgText text)
    : m_size(size), m_engine(std::make_unique<SvgEngine>(text))
{
}

SvgDevice::~SvgDevice() = default;

QPaintEngine* SvgDevice::paintEngine() const { return m_engine.get(); }

int SvgDevice::metric(PaintDeviceMetric metric) const
{
    switch (metric) {
    case PdmWidth:
        return m_size.width();
    case PdmHeight:
        return m_size.height();
    case PdmWidthMM:
        return millimetres(m_size.width());
    case PdmHeightMM:
        return millimetres(m_size.height());
    case PdmNumColors:
        return 0xffffff;
    case PdmDepth:
        return 24;
    case PdmDpiX:
    case PdmDpiY:
    case PdmPhysicalDpiX:
    case PdmPhysicalDpiY:
        return dotsPerInch;
    case PdmDevicePixelRatio:
        return 1;
    case PdmDevicePixelRatioScaled:
        return qRound(devicePixelRatioFScale());
    }
    return 0;
}

QByteArray SvgDevice::document(const QString& title, const QString& description, const QByteArray& metadata,
                               double widthMm) const
{
    const double heightMm = widthMm * m_size.height() / m_size.width();
    const QByteArray unit = widthMm > 0 ? "mm" : "";
    const QByteArray width = svgNumber(widthMm > 0 ? widthMm : m_size.width()) + unit;
    const QByteArray height = svgNumber(widthMm > 0 ? heightMm : m_size.height()) + unit;
    QByteArray text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "version=\"1.1\" width=\""
        + width + "\" height=\"" + height + "\" viewBox=\"0 0 " + QByteArray::number(m_size.width()) + ' '
        + QByteArray::number(m_size.height()) + "\" role=\"img\">\n";
    if (!title.isEmpty())
        text += "<title>" + xmlEscaped(title) + "</title>\n";
    if (!description.isEmpty())
        text += "<desc>" + xmlEscaped(description) + "</desc>\n";
    if (!metadata.isEmpty())
        text += "<metadata id=\"quantoscope\">" + xmlEscaped(QString::fromUtf8(metadata)) + "</metadata>\n";
    text += "<defs>\n" + m_engine->definitions() + "</defs>\n" + m_engine->body() + "</svg>\n";
    return text;
}

} // namespace quantoscope
