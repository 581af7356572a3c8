// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/errormetrics.h"
#include "core/network/network.h"

#include <QString>

/// Every number, unit and name that the window shows is made here.
namespace quantoscope::format {

/// Shown where a number does not exist.
QString missing();

/// `digits` significant digits, minus sign U+2212, exponent form below 1e-3 and from 1e6 on; the dash
/// for NaN, "∞" for infinities.
QString number(double value, int digits = 4);
/// All digits that a double has, for tooltips and accessible descriptions.
QString exact(double value);
QString integer(std::int64_t value);
/// With a plus or minus sign.
QString signedNumber(double value, int digits = 3);
/// One decimal: "14.6"; the dash when the metric is null.
QString decibelNumber(double db);
/// "14.6 dB"; the dash when the metric is null.
QString decibel(double db);
/// 0.0123 → "1.23 %"; tiny shares do not become 0: "< 0.01 %".
QString percent(double fraction);
/// Grouped by thin spaces: "8 192".
QString count(std::uint64_t value);
/// Short form for narrow columns: "8.19 k", "1.05 M".
QString shortCount(std::uint64_t value);
/// "512 B", "4.00 KiB", "1.50 MiB".
QString bytes(std::uint64_t value);
/// Of nanoseconds: "312 µs", "1.52 ms", "2.10 s".
QString duration(double nanoseconds);
QString shape(const Shape& shape);
/// "−2.400 … 2.100"
QString interval(double lo, double hi);

/// UTF-8 text of the engine.
QString text(std::string_view utf8);

QString kindName(LayerKind kind);
/// Why the SQNR does not exist, as a sentence; empty when it does.
QString sqnrReason(const ErrorMetrics& metrics);
/// Why the metric of that key does not exist (NaN), as a sentence; empty when it does.
QString missingReason(std::string_view key, const ErrorMetrics& metrics);
/// Definition of a metric by its key: formula, unit, direction, what it hides. Plain text.
QString metricTooltip(std::string_view key);
QString metricTitle(std::string_view key);

/// "0.412 → q 1 → 0.300 (error −0.112)"
QString readOut(double value, const QString& code, double quantized);

} // namespace quantoscope::format
