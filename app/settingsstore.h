// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"
#include "ui/theme.h"

#include <QByteArray>
#include <QSettings>
#include <QStringList>

namespace quantoscope {

/// What the program remembers between runs.
struct Preferences
{
    QByteArray geometry;
    QByteArray windowState;
    ThemeMode theme = ThemeMode::System;
    Scheme scheme =
        parseScheme("bits=4"); ///< symmetric per tensor, min-max: something visibly bad to start with
    bool hintDismissed = false;
    QStringList recent; ///< models and sessions, latest first
    QString opening;    ///< what was being opened and never was: not opened by itself again
    QString lastFile;
    QString tab;              ///< tabKey()
    int fontPercent = 100;    ///< of the system's font: smallestFont to largestFont
    int presentPercent = 175; ///< in front of a room: PresentMode::percents
    bool hideAnswers = false; ///< in front of a room
    QStringList modelColumns; ///< keys of the table of layers; none: the usual ones
    static constexpr int smallestFont = 90;
    static constexpr int largestFont = 150;
};

/// Preferences in a file; the one place that touches QSettings. Another version of the file, or values that
/// make no sense, read as defaults.
class SettingsStore
{
public:
    /// Empty: the user's own file.
    explicit SettingsStore(const QString& file = {});
    Preferences load() const;
    void save(const Preferences& preferences);

    static constexpr int version = 1;

private:
    std::unique_ptr<QSettings> m_settings;
};

} // namespace quantoscope
