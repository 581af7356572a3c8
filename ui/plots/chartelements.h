// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/chartlegend.h"
#include "ui/plots/chartpainter.h"
#include "ui/plots/panelparts.h"

#include <qcustomplot.h>

namespace quantoscope {

QFont axisFontOf(const ChartStyle& style);
QFont titleFontOf(const ChartStyle& style);
PartStyle partStyleOf(const ChartStyle& style);

/// Title and legend above the panels of an export.
class HeaderElement : public QCPLayoutElement
{
public:
    explicit HeaderElement(QCustomPlot* plot) : QCPLayoutElement(plot) {}
    void set(const Chart& chart, const ChartStyle& style);
    QSize minimumOuterSizeHint() const override { return {0, height()}; }
    QSize maximumOuterSizeHint() const override { return {QWIDGETSIZE_MAX, height()}; }

protected:
    void draw(QCPPainter* painter) override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(true); }

private:
    int height() const;
    int width() const;
    QString m_title;
    std::vector<LegendItem> m_items;
    ChartStyle m_style;
};

/// The caption under the panels of an export, wrapped.
class CaptionElement : public QCPLayoutElement
{
public:
    explicit CaptionElement(QCustomPlot* plot) : QCPLayoutElement(plot) {}
    void set(const QString& caption, const ChartStyle& style);
    QSize minimumOuterSizeHint() const override { return {0, height()}; }
    QSize maximumOuterSizeHint() const override { return {QWIDGETSIZE_MAX, height()}; }

protected:
    void draw(QCPPainter* painter) override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(true); }

private:
    int height() const;
    QString m_caption;
    ChartStyle m_style;
};

/// Everything of a panel that lies within its frame, drawn by one item.
class PanelItem : public QCPAbstractItem
{
public:
    PanelItem(QCustomPlot& plot, QCPAxisRect& rect);
    void set(const ChartPanel& panel, const ChartStyle& style);
    void setOpacity(double opacity) { m_opacity = opacity; }
    const ChartPanel& panel() const { return m_panel; }
    PanelMap map() const;
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    QCPAxisRect* m_rect;
    ChartPanel m_panel;
    ChartStyle m_style;
    double m_opacity = 1;
    std::vector<QImage> m_images;
};

/// What lies around the frame of a panel: its title and the scale of its colours.
class FrameItem : public QCPAbstractItem
{
public:
    FrameItem(QCustomPlot& plot, QCPAxisRect& rect);
    void set(const ChartPanel& panel, const ChartStyle& style);
    /// Room needed above and on the right.
    QMargins margins() const;
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    void drawScale(QCPPainter* painter) const;
    QStringList scaleLabels() const;
    QCPAxisRect* m_rect;
    QString m_title;
    ChartStyle m_style;
    std::optional<ChartImage> m_scale; ///< without cells
};

/// A sentence in place of the panels.
class MessageItem : public QCPAbstractItem
{
public:
    explicit MessageItem(QCustomPlot& plot);
    void set(const QString& text, const ChartStyle& style);
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    QString m_text;
    ChartStyle m_style;
};

} // namespace quantoscope
