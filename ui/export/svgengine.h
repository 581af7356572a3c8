// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/export/svgdevice.h"

#include <QBrush>
#include <QHash>
#include <QPaintEngine>
#include <QPainterPath>
#include <QPen>

namespace quantoscope {

/// What SvgDevice paints with: QPainter's calls as elements of SVG.
class SvgEngine : public QPaintEngine
{
public:
    explicit SvgEngine(SvgText text);

    bool begin(QPaintDevice* device) override;
    bool end() override;
    Type type() const override { return User; }
    void updateState(const QPaintEngineState& now) override;
    void drawPath(const QPainterPath& path) override;
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override;
    using QPaintEngine::drawPolygon;
    void drawTextItem(const QPointF& place, const QTextItem& item) override;
    void drawPixmap(const QRectF& target, const QPixmap& pixmap, const QRectF& source) override;
    void drawImage(const QRectF& target, const QImage& image, const QRectF& source,
                   Qt::ImageConversionFlags flags) override;

    const QByteArray& definitions() const { return m_definitions; }
    const QByteArray& body() const { return m_body; }

private:
    void updateClip(const QPaintEngineState& now);
    void intersect(const QPainterPath& path, Qt::ClipOperation operation);
    /// Opens or closes the group of the present clip.
    void enterClip();
    QByteArray clipId(const QPainterPath& path);
    void addShape(const QPainterPath& path, bool filled);
    void addPattern(const QPainterPath& path);
    void addOutlines(const QPointF& place, const QTextItem& item);
    double scale() const;

    SvgText m_textMode;
    QByteArray m_definitions;
    QByteArray m_body;
    QHash<QByteArray, QByteArray> m_clips; ///< ids by their path
    QPen m_pen;
    QBrush m_brush;
    QTransform m_transform;
    double m_opacity = 1;
    bool m_smooth = false;
    QPainterPath m_clip;
    bool m_hasClip = false;
    bool m_clipEnabled = true;
    QByteArray m_group; ///< id of the clip whose group is open
};

} // namespace quantoscope
