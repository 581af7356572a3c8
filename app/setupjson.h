// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/setup.h"

#include <QJsonObject>

namespace quantoscope {

/// {"default": S, "layers": {name: S}}: the shape that `--schemes` takes.
QJsonObject toJson(const AnalysisSettings& settings);
QJsonObject toJson(const Setup& setup);
QJsonObject toJson(const Scene& scene);

/// The reverse. Throw Error(FileFormat) naming what is wrong at `where`, Error(SchemeText) for schemes.
AnalysisSettings settingsFromJson(const QJsonObject& json, const QString& where);
Setup setupFromJson(const QJsonObject& json, const QString& where);
Scene sceneFromJson(const QJsonObject& json, const QString& where);

} // namespace quantoscope
