// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/models/mappicture.h"

namespace quantoscope {

QString mapModeName(MapMode mode);

/// The cells as an image, rows = output channels, with a strip of the ends of every column above and of every row beside it.
Chart mapChart(const MapPicture& picture);

/// "1 cell = 4×4 values, the largest magnitude shown", and how many values are not finite.
QString mapNote(const MapPicture& picture);

/// What is at a place of the matrix, with the arithmetic: "channel 3, 17: x 0.412 → x/s 1.373 → round 1 → q 1 → x̂ 0.300 (e −0.112)".
QString mapReadOut(const MapPicture& picture, double column, double row);

} // namespace quantoscope
