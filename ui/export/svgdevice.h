// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QPaintDevice>
#include <QSizeF>

#include <memory>

namespace quantoscope {

enum class SvgText { Text, Outlines };

/// A drawing as SVG, in pixels of 1/96 inch. Unlike QSvgGenerator it keeps what painters clip (each clip becomes one
/// clipPath, and everything drawn under it lies in a group that refers to it), draws brush patterns as lines and
/// writes numbers the same in every locale. The same calls give the same bytes.
/// Gradients are not supported: their colours are left out.
class SvgDevice : public QPaintDevice
{
public:
    SvgDevice(const QSize& size, SvgText text);
    ~SvgDevice() override;

    /// The document, once painting has ended. `widthMm`: what the file says about its size on paper; 0: pixels.
    QByteArray document(const QString& title, const QString& description, const QByteArray& metadata,
                        double widthMm = 0) const;

    QPaintEngine* paintEngine() const override;

protected:
    int metric(PaintDeviceMetric metric) const override;

private:
    QSize m_size;
    std::unique_ptr<class SvgEngine> m_engine;
};

} // namespace quantoscope
