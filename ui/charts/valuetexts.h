// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/layerpicture.h"

#include <QString>

namespace quantoscope {

/// What the value axis of a picture measures: values, steps or units of each set's scale.
QString valueAxisLabel(const LayerPicture& picture);
/// Why there is no staircase to draw.
QString noStaircaseSentence(const LayerPicture& picture);
QString histogramTitle(const LayerPicture& picture);

/// The same on the staircase.
struct StaircaseLabels
{
    QString input;
    QString output;
    QString error;
};
StaircaseLabels staircaseLabels(const LayerPicture& picture);

} // namespace quantoscope
