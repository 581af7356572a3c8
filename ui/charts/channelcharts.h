// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/models/channelspicture.h"

namespace quantoscope {

/// Ranges of the channels (all values, the middle 99.8 %) with the levels' ends over them, and below the error of each channel. Keys of
/// points: channel indices.
Chart channelsChart(const ChannelsPicture& picture);

/// "channel 17: −0.41 … 0.52, middle 99.8 % −0.2 … 0.2, SQNR 12.3 dB, clipped 1.2 %".
QString channelReadOut(const ChannelSpan& span);

} // namespace quantoscope
