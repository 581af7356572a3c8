// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace quantoscope {

/// Adds an uncompressed iTXt chunk behind the header of a PNG. `keyword`: 1 … 79 Latin letters; `text`: UTF-8.
QByteArray withPngText(const QByteArray& png, const QByteArray& keyword, const QByteArray& text);

} // namespace quantoscope
