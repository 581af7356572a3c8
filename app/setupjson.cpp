// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/setupjson.h"

#include "core/support/error.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

[[noreturn]] void bad(const QString& where, const QString& what)
{
    throw Error(ErrorCode::FileFormat, (where + u": "_s + what).toStdString(), where.toStdString());
}

QString textOf(const Scheme& scheme) { return QString::fromStdString(toText(scheme)); }

QJsonObject objectAt(const QJsonObject& json, const QString& key, const QString& where)
{
    const QJsonValue value = json.value(key);
    if (!value.isUndefined() && !value.isObject())
        bad(where, u"\"%1\" is no object"_s.arg(key));
    return value.toObject();
}

QJsonArray arrayAt(const QJsonObject& json, const QString& key, const QString& where)
{
    const QJsonValue value = json.value(key);
    if (!value.isUndefined() && !value.isArray())
        bad(where, u"\"%1\" is no list"_s.arg(key));
    return value.toArray();
}

Scheme schemeAt(const QJsonObject& json, const QString& key, const QString& where)
{
    const QJsonValue value = json.value(key);
    if (!value.isString())
        bad(where, u"\"%1\" is no scheme"_s.arg(key));
    return parseScheme(value.toString().toStdString());
}

/// A position in a list; nothing when the key is not there or null.
std::optional<std::size_t> positionAt(const QJsonObject& json, const QString& key, const QString& where)
{
    const QJsonValue value = json.value(key);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    const qint64 number = value.toInteger(-1);
    if (number < 0 || number > (qint64(1) << 40))
        bad(where, u"\"%1\" is no number of an entry"_s.arg(key));
    return static_cast<std::size_t>(number);
}

QJsonValue jsonOf(std::optional<std::size_t> position)
{
    return position ? QJsonValue(static_cast<qint64>(*position)) : QJsonValue();
}

} // namespace

QJsonObject toJson(const AnalysisSettings& settings)
{
    QJsonObject layers;
    for (const auto& [name, scheme] : settings.overrides)
        layers.insert(QString::fromStdString(name), textOf(scheme));
    return {{u"default"_s, textOf(settings.scheme)}, {u"layers"_s, layers}};
}

AnalysisSettings settingsFromJson(const QJsonObject& json, const QString& where)
{
    AnalysisSettings settings;
    settings.scheme = schemeAt(json, u"default"_s, where);
    const QJsonObject layers = objectAt(json, u"layers"_s, where);
    for (auto own = layers.begin(); own != layers.end(); ++own)
        settings.overrides[own.key().toStdString()] =
            schemeAt(layers, own.key(), where + u", layer "_s + own.key());
    return settings;
}

QJsonObject toJson(const Setup& setup)
{
    QJsonArray pins;
    for (const Pin& pin : setup.pins) {
        QJsonObject object = toJson(pin.settings);
        object.insert(u"name"_s, pin.name);
        pins.append(object);
    }
    QJsonObject json = toJson(setup.settings);
    json.insert(u"pins"_s, pins);
    json.insert(u"b"_s, jsonOf(setup.b));
    return json;
}

Setup setupFromJson(const QJsonObject& json, const QString& where)
{
    Setup setup;
    setup.settings = settingsFromJson(json, where);
    const QJsonArray pins = arrayAt(json, u"pins"_s, where);
    if (pins.size() > static_cast<qsizetype>(Setup::maxPins))
        bad(where, u"more than %1 pins"_s.arg(Setup::maxPins));
    for (const QJsonValue& value : pins) {
        const QJsonObject pin = value.toObject();
        setup.pins.push_back({pin.value(u"name"_s).toString(), settingsFromJson(pin, where + u", a pin"_s)});
    }
    setup.b = positionAt(json, u"b"_s, where);
    if (setup.b && *setup.b >= setup.pins.size())
        bad(where, u"\"b\" is no pin"_s);
    return setup;
}

QJsonObject toJson(const Scene& scene)
{
    return {{u"name"_s, scene.name},
            {u"setup"_s, toJson(scene.setup)},
            {u"layer"_s, QString::fromStdString(scene.layer)},
            {u"tab"_s, scene.tab},
            {u"set"_s, jsonOf(scene.set)}};
}

Scene sceneFromJson(const QJsonObject& json, const QString& where)
{
    return {.name = json.value(u"name"_s).toString(),
            .setup = setupFromJson(objectAt(json, u"setup"_s, where), where),
            .layer = json.value(u"layer"_s).toString().toStdString(),
            .tab = json.value(u"tab"_s).toString(),
            .set = positionAt(json, u"set"_s, where)};
}

} // namespace quantoscope
