// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/valuetexts.h"

#include <QCoreApplication>

namespace quantoscope {

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Plots)
};

/// The code coordinate as a formula, with the terms that these sets have.
QString codeFormula(const LayerPicture& picture)
{
    const auto& sets = picture.detail.report.params->sets;
    const bool zeroPoint = picture.scheme().grid == Grid::ZeroPoint || sets.front().zeroPoint != 0;
    const bool offset = hasOffset(picture.scheme()) || sets.front().offset != 0;
    if (offset)
        return zeroPoint ? Words::tr("(x − o) / s + z") : Words::tr("(x − o) / s");
    return zeroPoint ? Words::tr("x / s + z") : Words::tr("x / s");
}

} // namespace

QString valueAxisLabel(const LayerPicture& picture)
{
    if (!picture.detail.normalized || !hasLevels(picture))
        return Words::tr("value");
    if (!picture.detail.grid.isUniform())
        return Words::tr("x / s, s the scale of each value's own set");
    return Words::tr("code q = %1 of each value's own set").arg(codeFormula(picture));
}

QString noStaircaseSentence(const LayerPicture& picture)
{
    return picture.detail.report.params ? Words::tr("Every set has levels of its own:\nchoose one above")
                                        : Words::tr("No levels for this layer");
}

QString histogramTitle(const LayerPicture& picture)
{
    if (!picture.detail.report.params)
        return Words::tr("Values");
    if (picture.detail.setEnds)
        return Words::tr("Values and the limits of their sets");
    if (!picture.detail.normalized)
        return Words::tr("Values and levels");
    if (!hasLevels(picture))
        return Words::tr("Values; every set has levels of its own");
    return picture.detail.grid.isUniform() ? Words::tr("Values in steps of their own scale, and the levels")
                                           : Words::tr("Values in units of their own scale, and the levels");
}

StaircaseLabels staircaseLabels(const LayerPicture& picture)
{
    if (!picture.detail.normalized)
        return {Words::tr("input x"), Words::tr("output Q(x)"), Words::tr("e")};
    if (!picture.detail.grid.isUniform())
        return {Words::tr("input x / s"), Words::tr("output Q(x) / s"), Words::tr("e / s")};
    return {Words::tr("input %1").arg(codeFormula(picture)), Words::tr("code q"), Words::tr("e / s")};
}

} // namespace quantoscope
