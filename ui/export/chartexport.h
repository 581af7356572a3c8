// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/export/exportsettings.h"

#include <QByteArray>
#include <QImage>

namespace quantoscope {

/// A file's bytes. Pictures are drawn by the window's own painter; data are the rows of the charts. All hold `meta` (definitions.md,
/// Provenance), pictures also a digest of their data, so that they can be made again and compared. The same charts,
/// settings and meta give the same bytes; of PDF but for date and id. Several charts: one under the other, or in two columns where
/// there is room. Needs a QApplication, on its thread. Throws Error(InvalidArgument) without charts, or where data have no rows.
QByteArray exportCharts(const std::vector<std::shared_ptr<const Chart>>& charts,
                        const ExportSettings& settings, const Json& meta, ExportFormat format);
QByteArray exportChart(const Chart& chart, const ExportSettings& settings, const Json& meta,
                       ExportFormat format);

/// At one pixel per pixel, as pictures are drawn.
QImage chartImage(const std::vector<std::shared_ptr<const Chart>>& charts, const ExportSettings& settings,
                  double scale);

/// The rows that data exports of these settings hold. With several charts each row says of which chart it is.
Json exportedRows(const std::vector<std::shared_ptr<const Chart>>& charts, const ExportSettings& settings);

/// How many rows the charts stand for and the SHA-256 of their CSV: `rows`, `sha256`.
Json dataDigest(const Json& rows);

/// The old file stays where this fails. Throws Error(WriteFailed) naming the path.
void writeExport(const QString& path, const QByteArray& bytes);

} // namespace quantoscope
