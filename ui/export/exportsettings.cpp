// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/exportsettings.h"

#include <QFileInfo>
#include <QRegularExpression>

#include <array>
#include <cmath>
#include <iterator>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

struct SizePreset
{
    QString name;
    QSize pixels;
    double points;
    double millimetres;
};

/// In the order of ExportSize. 85 and 170 mm: one and two columns of a paper, at 96 pixels per inch.
const std::array<SizePreset, 4>& presets()
{
    static const std::array<SizePreset, 4> list = {{{u"screen"_s, {960, 600}, 10, 0},
                                                    {u"slide"_s, {1600, 900}, 20, 0},
                                                    {u"85mm"_s, {321, 260}, 7.5, 85},
                                                    {u"170mm"_s, {643, 400}, 8.25, 170}}};
    return list;
}

const std::array<QString, 5>& formatNames()
{
    static const std::array<QString, 5> names = {u"png"_s, u"svg"_s, u"pdf"_s, u"csv"_s, u"json"_s};
    return names;
}

const std::array<QString, 3>& themeNames()
{
    static const std::array<QString, 3> names = {u"light"_s, u"dark"_s, u"transparent"_s};
    return names;
}

template <typename Enum, typename Names>
std::optional<Enum> found(const Names& names, const QString& name)
{
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
        return std::nullopt;
    return static_cast<Enum>(std::distance(names.begin(), at));
}

} // namespace

QSize ExportSettings::pixels() const
{
    return size == ExportSize::Custom ? custom : presets().at(static_cast<std::size_t>(size)).pixels;
}

double ExportSettings::points() const
{
    if (fontSize > 0)
        return fontSize;
    return size == ExportSize::Custom ? 10 : presets().at(static_cast<std::size_t>(size)).points;
}

double ExportSettings::lineScale() const { return std::max(0.75, points() / 10); }

double ExportSettings::millimetres() const
{
    return size == ExportSize::Custom ? 0 : presets().at(static_cast<std::size_t>(size)).millimetres;
}

QString nameOf(ExportFormat format) { return formatNames().at(static_cast<std::size_t>(format)); }

std::optional<ExportFormat> exportFormatOf(const QString& path)
{
    return found<ExportFormat>(formatNames(), QFileInfo(path).suffix().toLower());
}

QString sizeText(const ExportSettings& settings)
{
    if (settings.size != ExportSize::Custom)
        return presets().at(static_cast<std::size_t>(settings.size)).name;
    return u"%1x%2"_s.arg(settings.custom.width()).arg(settings.custom.height());
}

bool setSizeText(ExportSettings& settings, const QString& text)
{
    for (std::size_t i = 0; i < presets().size(); ++i) {
        if (presets().at(i).name == text) {
            settings.size = static_cast<ExportSize>(i);
            return true;
        }
    }
    static const QRegularExpression pattern(u"^(\\d{1,5})[x×](\\d{1,5})$"_s);
    const auto match = pattern.match(text);
    const QSize size(match.captured(1).toInt(), match.captured(2).toInt());
    const auto fits = [](int side) { return side >= smallestSide && side <= largestSide; };
    if (!match.hasMatch() || !fits(size.width()) || !fits(size.height()))
        return false;
    settings.size = ExportSize::Custom;
    settings.custom = size;
    return true;
}

QString nameOf(ExportTheme theme) { return themeNames().at(static_cast<std::size_t>(theme)); }

std::optional<ExportTheme> exportThemeOf(const QString& name)
{
    return found<ExportTheme>(themeNames(), name);
}

} // namespace quantoscope
