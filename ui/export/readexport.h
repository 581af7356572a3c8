// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/json.h"
#include "ui/export/exportsettings.h"

#include <QByteArray>

namespace quantoscope {

/// What a file of ours carries inside.
struct ReadExport
{
    ExportFormat format = ExportFormat::Svg;
    Json meta;    ///< definitions.md, Provenance
    Json data;    ///< of pictures: the digest of their data
    Json content; ///< of JSON: all but `meta`; of CSV: the rows, every cell a text
};

/// Told by the bytes, not by a name: PNG, SVG, PDF, CSV, JSON. Throws Error(FileUnreadable) where the file is none of these or has
/// nothing of ours inside.
ReadExport readExport(const QByteArray& bytes);

/// What is drawn, without what is written inside: equal where two files show the same. PNG: its pixels; SVG: its elements; PDF:
/// its pages and fonts. Data: nothing.
QByteArray drawingOf(const QByteArray& bytes, ExportFormat format);

} // namespace quantoscope
