// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/samplesource.h"

#include <QImage>

namespace quantoscope {

/// A sample as a picture, its smallest value black and its largest white: the first input of shape [1,C,H,W], [1,H,W,C] or [1,H,W]
/// with 1 or 3 channels. Null where there is none. Throws Error as SampleSource::read.
QImage thumbnailOf(const SampleSource& source, std::size_t index);

} // namespace quantoscope
