// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"

#include <QString>

#include <optional>
#include <vector>

namespace quantoscope {

/// Settings that were set aside to compare with.
struct Pin
{
    QString name; ///< empty: called by what it holds, see pinName()
    AnalysisSettings settings;
    bool operator==(const Pin&) const = default;
};

/// Everything about a network that a person sets up and can undo: the schemes, and those to compare with.
struct Setup
{
    static constexpr std::size_t maxPins = 6;

    AnalysisSettings settings; ///< A: default scheme and layers with their own
    std::vector<Pin> pins;     ///< at most maxPins
    std::optional<std::size_t> b;
    bool operator==(const Setup&) const = default;

    /// The pin that is B, or null.
    const Pin* pinB() const { return b && *b < pins.size() ? &pins[*b] : nullptr; }
};

/// Which layers an edit of the scheme is about.
enum class Scope { All, Kind, Layer };

/// A picture of the window to come back to: what Present mode steps through.
struct Scene
{
    QString name;
    Setup setup;
    std::string layer; ///< name; "": none
    QString tab;       ///< tabKey() of the tab
    std::optional<std::size_t> set;
    bool operator==(const Scene&) const = default;
};

bool hasOwnScheme(const AnalysisSettings& settings, const std::string& layer);

/// Settings in which the layers of `scope`, seen from `layer`, have `scheme`. All: the default becomes `scheme`; layers with
/// their own keep it, except `layer` itself. A layer whose own scheme is the default's has none.
AnalysisSettings withScheme(AnalysisSettings settings, const Network* network, std::optional<LayerId> layer,
                            Scope scope, const Scheme& scheme);

/// Without schemes of layers that `network` does not have.
AnalysisSettings fittedTo(AnalysisSettings settings, const Network& network);

/// "INT4 symmetric per tensor + 2 layers": settings in a few words.
QString settingsName(const AnalysisSettings& settings);
QString pinName(const Pin& pin);

} // namespace quantoscope
