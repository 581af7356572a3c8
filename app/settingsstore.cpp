// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settingsstore.h"

#include "core/support/error.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

const QString versionKey = u"version"_s;
const QString geometryKey = u"window/geometry"_s;
const QString stateKey = u"window/state"_s;
const QString themeKey = u"theme"_s;
const QString schemeKey = u"scheme"_s;
const QString hintKey = u"hintDismissed"_s;
const QString recentKey = u"recent"_s;
const QString openingKey = u"opening"_s;
const QString lastFileKey = u"lastFile"_s;
const QString tabKeyName = u"tab"_s;
const QString fontKey = u"fontPercent"_s;
const QString presentFontKey = u"present/fontPercent"_s;
const QString modelColumnsKey = u"model/columns"_s;
const QString hideAnswersKey = u"present/hideAnswers"_s;

QString nameOf(ThemeMode mode)
{
    return mode == ThemeMode::Light ? u"light"_s : mode == ThemeMode::Dark ? u"dark"_s : u"system"_s;
}

ThemeMode themeFrom(const QString& name)
{
    return name == u"light"_s ? ThemeMode::Light : name == u"dark"_s ? ThemeMode::Dark : ThemeMode::System;
}

} // namespace

SettingsStore::SettingsStore(const QString& file)
    : m_settings(file.isEmpty() ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope,
                                                              u"quantoscope"_s, u"quantoscope"_s)
                                : std::make_unique<QSettings>(file, QSettings::IniFormat))
{
}

Preferences SettingsStore::load() const
{
    Preferences result;
    if (m_settings->value(versionKey).toInt() != version)
        return result;
    result.geometry = m_settings->value(geometryKey).toByteArray();
    result.windowState = m_settings->value(stateKey).toByteArray();
    result.theme = themeFrom(m_settings->value(themeKey).toString());
    result.hintDismissed = m_settings->value(hintKey).toBool();
    result.recent = m_settings->value(recentKey).toStringList();
    result.opening = m_settings->value(openingKey).toString();
    result.lastFile = m_settings->value(lastFileKey).toString();
    result.tab = m_settings->value(tabKeyName).toString();
    result.fontPercent = std::clamp(m_settings->value(fontKey, result.fontPercent).toInt(),
                                    Preferences::smallestFont, Preferences::largestFont);
    result.presentPercent = m_settings->value(presentFontKey, result.presentPercent).toInt();
    result.hideAnswers = m_settings->value(hideAnswersKey).toBool();
    result.modelColumns = m_settings->value(modelColumnsKey).toStringList();
    try {
        result.scheme = parseScheme(m_settings->value(schemeKey).toString().toStdString());
    } catch (const Error&) {
        // Written by another version or by hand: the default stands.
    }
    return result;
}

void SettingsStore::save(const Preferences& preferences)
{
    m_settings->setValue(versionKey, version);
    m_settings->setValue(geometryKey, preferences.geometry);
    m_settings->setValue(stateKey, preferences.windowState);
    m_settings->setValue(themeKey, nameOf(preferences.theme));
    m_settings->setValue(schemeKey, QString::fromStdString(toText(preferences.scheme)));
    m_settings->setValue(hintKey, preferences.hintDismissed);
    m_settings->setValue(recentKey, preferences.recent);
    m_settings->setValue(openingKey, preferences.opening);
    m_settings->setValue(lastFileKey, preferences.lastFile);
    m_settings->setValue(tabKeyName, preferences.tab);
    m_settings->setValue(fontKey, preferences.fontPercent);
    m_settings->setValue(presentFontKey, preferences.presentPercent);
    m_settings->setValue(hideAnswersKey, preferences.hideAnswers);
    m_settings->setValue(modelColumnsKey, preferences.modelColumns);
    m_settings->sync();
}

} // namespace quantoscope
