// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandtext.h"

#include "app/setupjson.h"
#include "core/report/provenance.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString quoted(const QString& text) { return QString::fromStdString(shellQuoted(text.toStdString())); }

/// The command with its schemes behind it.
QString withSchemes(const QString& command, const AnalysisSettings& settings)
{
    if (settings.overrides.empty())
        return command + u" --scheme "_s + quoted(QString::fromStdString(toText(settings.scheme)));
    // The program maps the files that it reads: a pipe would not do.
    return u"cat > schemes.json <<'SCHEMES'\n"_s + QString::fromUtf8(QJsonDocument(toJson(settings)).toJson())
           + u"SCHEMES\n"_s + command + u" --schemes schemes.json\n"_s;
}

QString modeName(QuantizationMode mode)
{
    return mode == QuantizationMode::Static    ? u"static"_s
           : mode == QuantizationMode::Dynamic ? u"dynamic"_s
                                               : u"weight-only"_s;
}

} // namespace

QString analyzeCommand(const QString& model, const AnalysisSettings& settings)
{
    return withSchemes(u"quantoscope analyze "_s + quoted(model), settings);
}

QString evaluateCommand(const QString& model, const AnalysisSettings& settings, const RunRequest& request)
{
    QString command = u"quantoscope evaluate "_s + quoted(model);
    const auto option = [&](const QString& name, const QString& value) {
        if (!value.isEmpty())
            command += u' ' + name + u' ' + quoted(value);
    };
    const bool bundled = request.inputs == u"sample"_s; // brings its own
    option(u"--inputs"_s, bundled ? QString() : request.inputs);
    option(u"--labels"_s, request.labels);
    option(u"--calibration"_s, request.calibration == u"sample"_s ? QString() : request.calibration);
    option(u"--preprocess"_s, request.preprocess);
    option(u"--mode"_s, modeName(request.mode));
    option(u"--engine"_s, request.engine == Engine::Integer ? u"integer"_s : QString());
    AnalysisSettings whole = settings;
    const auto act = request.mode == QuantizationMode::WeightOnly ? std::nullopt : std::optional(request.act);
    whole.scheme.act = act;
    for (auto& [name, scheme] : whole.overrides)
        scheme.act = act;
    return withSchemes(command, whole);
}

} // namespace quantoscope
