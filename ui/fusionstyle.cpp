// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/fusionstyle.h"

#include <QApplication>
#include <QStyleOption>
#include <QToolTip>

#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

/// Fusion's outline is window.darker(140); this window colour makes it ours.
QPalette outlined(const QPalette& palette)
{
    QPalette result = palette;
    result.setColor(QPalette::Window, themeColors(true).outline.lighter(140));
    return result;
}

} // namespace

FusionStyle::FusionStyle() : QProxyStyle(u"fusion"_s) {}

void FusionStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                     QPainter* painter, const QWidget* widget) const
{
    if (!isDark(option->palette))
        return QProxyStyle::drawComplexControl(control, option, painter, widget);
    if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        spin && control == CC_SpinBox) {
        QStyleOptionSpinBox copy(*spin);
        copy.palette = outlined(copy.palette);
        return QProxyStyle::drawComplexControl(control, &copy, painter, widget);
    }
    if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
        combo && control == CC_ComboBox) {
        QStyleOptionComboBox copy(*combo);
        copy.palette = outlined(copy.palette);
        return QProxyStyle::drawComplexControl(control, &copy, painter, widget);
    }
    if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
        slider && control == CC_Slider) {
        QStyleOptionSlider copy(*slider);
        copy.palette = outlined(copy.palette);
        return QProxyStyle::drawComplexControl(control, &copy, painter, widget);
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

void FusionStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                const QWidget* widget) const
{
    const bool framed = element == PE_FrameLineEdit || element == PE_IndicatorCheckBox
                        || element == PE_IndicatorRadioButton || element == PE_FrameGroupBox
                        || element == PE_PanelButtonCommand;
    if (!framed || !isDark(option->palette))
        return QProxyStyle::drawPrimitive(element, option, painter, widget);
    if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option)) {
        QStyleOptionFrame copy(*frame);
        copy.palette = outlined(copy.palette);
        return QProxyStyle::drawPrimitive(element, &copy, painter, widget);
    }
    if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
        QStyleOptionButton copy(*button);
        copy.palette = outlined(copy.palette);
        return QProxyStyle::drawPrimitive(element, &copy, painter, widget);
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

namespace {

/// The scale in force; sizes of widgets are multiples of it.
double& presentScale()
{
    static double scale = 1;
    return scale;
}

void applyFontScale(QApplication& application, double scale)
{
    const double before = std::exchange(presentScale(), scale);
    if (before == scale)
        return;
    // All sizes are read before any is set: children follow their parents at once.
    std::vector<std::pair<QWidget*, double>> own;
    for (QWidget* widget : QApplication::allWidgets())
        if (widget->testAttribute(Qt::WA_SetFont) && (widget->font().resolveMask() & QFont::SizeResolved))
            own.emplace_back(widget, widget->font().pointSizeF() / before);
    QFont font = QApplication::font();
    font.setPointSizeF(QFontInfo(font).pointSizeF() / before * scale);
    application.setFont(font);
    for (const auto& [widget, points] : own) {
        QFont sized = widget->font();
        sized.setPointSizeF(points * scale);
        widget->setFont(sized);
    }
}

} // namespace

void applyAppearance(QApplication& application, const Appearance& appearance)
{
    if (!qobject_cast<FusionStyle*>(application.style()))
        application.setStyle(new FusionStyle);
    const QPalette palette = makePalette(appearance.dark, appearance.highContrast);
    if (palette != application.palette())
        application.setPalette(palette);
    QToolTip::setPalette(palette);
    applyFontScale(application, appearance.fontScale);
}

} // namespace quantoscope
