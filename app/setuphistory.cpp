// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/setuphistory.h"

#include "ui/format.h"
#include "ui/schemenames.h"

#include <QCoreApplication>

#include <algorithm>

namespace quantoscope {

namespace {
struct Words
{
    Q_DECLARE_TR_FUNCTIONS(SetupHistory)
};
} // namespace

SetupHistory::SetupHistory(const Setup& first) : m_steps{{first, EditKind::Other}} {}

bool SetupHistory::merges(EditKind kind) const
{
    if (m_inGesture)
        return m_gestureHasStep;
    return m_position > 0 && kind != EditKind::Other && m_steps[m_position].kind == kind
           && m_sinceEdit.isValid() && m_sinceEdit.elapsed() < mergeMs;
}

void SetupHistory::edit(const Setup& setup, EditKind kind)
{
    if (setup == current())
        return;
    m_steps.resize(m_position + 1, m_steps.front());
    if (merges(kind)) {
        m_steps.back().setup = setup;
        const bool returned = m_steps.size() > 1 && m_steps[m_position - 1].setup == setup;
        if (returned && !m_inGesture) {
            m_steps.pop_back();
            --m_position;
        }
    } else {
        m_steps.push_back({setup, kind});
        if (m_steps.size() > maxSteps)
            m_steps.erase(m_steps.begin());
        m_position = m_steps.size() - 1;
        m_gestureHasStep = m_inGesture;
    }
    m_sinceEdit.start();
}

void SetupHistory::beginGesture()
{
    m_inGesture = true;
    m_gestureHasStep = false;
}

void SetupHistory::endGesture()
{
    m_inGesture = false;
    m_gestureHasStep = false;
    m_sinceEdit.invalidate();
}

void SetupHistory::cancelGesture()
{
    if (m_inGesture && m_gestureHasStep) {
        m_steps.pop_back();
        --m_position;
    }
    endGesture();
}

void SetupHistory::undo()
{
    if (canUndo())
        --m_position;
    m_sinceEdit.invalidate();
}

void SetupHistory::redo()
{
    if (canRedo())
        ++m_position;
    m_sinceEdit.invalidate();
}

QString SetupHistory::undoText(const Network* network) const
{
    return canUndo() ? changeText(m_steps[m_position - 1].setup, current(), network) : QString();
}

QString SetupHistory::redoText(const Network* network) const
{
    return canRedo() ? changeText(current(), m_steps[m_position + 1].setup, network) : QString();
}

bool SetupHistory::fits(const Network& network) const
{
    const auto fit = [&](const AnalysisSettings& settings) {
        return std::all_of(settings.overrides.begin(), settings.overrides.end(),
                           [&](const auto& own) { return network.findLayer(own.first).has_value(); });
    };
    return std::all_of(m_steps.begin(), m_steps.end(), [&](const Step& step) {
        return fit(step.setup.settings)
               && std::all_of(step.setup.pins.begin(), step.setup.pins.end(),
                              [&](const Pin& pin) { return fit(pin.settings); });
    });
}

namespace {

bool onlyTheWidth(const Scheme& from, const Scheme& to)
{
    return hasWidths(from.format) && hasWidths(to.format) && withBits(from, to.bits) == to;
}

/// What happened to the pins; empty when nothing did.
QString pinsText(const Setup& from, const Setup& to)
{
    if (from.pins == to.pins)
        return from.b == to.b ? QString() : to.b ? Words::tr("another B") : Words::tr("no B");
    if (to.pins.size() > from.pins.size())
        return Words::tr("pin %1 as B").arg(pinName(to.pins.back()));
    if (to.pins.size() < from.pins.size())
        return Words::tr("remove a pin");
    if (to.settings != from.settings)
        return Words::tr("swap A and B");
    return Words::tr("name of a pin");
}

/// The layers whose scheme differs, and whether all of them changed alike.
struct ChangedLayers
{
    std::vector<std::string> names;
    Scheme from;
    Scheme to;
    bool alike = true;
};

ChangedLayers changedLayers(const AnalysisSettings& from, const AnalysisSettings& to, const Network& network)
{
    ChangedLayers changed;
    for (const Layer& layer : network.layers) {
        const Scheme& before = schemeFor(from, layer.name);
        const Scheme& after = schemeFor(to, layer.name);
        if (before == after)
            continue;
        if (changed.names.empty()) {
            changed.from = before;
            changed.to = after;
        }
        changed.alike = changed.alike && changed.from == before && changed.to == after;
        changed.names.push_back(layer.name);
    }
    return changed;
}

QString schemesText(const AnalysisSettings& from, const AnalysisSettings& to, const Network* network)
{
    const ChangedLayers changed = network ? changedLayers(from, to, *network) : ChangedLayers();
    const auto count = static_cast<int>(changed.names.size());
    if (count == 0)
        return from.scheme == to.scheme ? Words::tr("schemes of layers") : changeText(from.scheme, to.scheme);
    if (!changed.alike)
        return to.scheme == from.scheme
                   ? Words::tr("schemes of %n layer(s)", nullptr, count)
                   : Words::tr("%1 on %n layer(s)", nullptr, count).arg(format::schemeName(to.scheme));
    const QString what = changeText(changed.from, changed.to);
    return count == 1 ? Words::tr("%1 on %2").arg(what, format::text(changed.names.front()))
                      : Words::tr("%1 on %n layer(s)", nullptr, count).arg(what);
}

} // namespace

QString changeText(const Setup& from, const Setup& to, const Network* network)
{
    const QString pins = pinsText(from, to);
    return pins.isEmpty() ? schemesText(from.settings, to.settings, network) : pins;
}

QString changeText(const Scheme& from, const Scheme& to)
{
    if (onlyTheWidth(from, to))
        return Words::tr("bit width %1 → %2").arg(from.bits).arg(to.bits);
    Scheme other = from;
    other.range = to.range;
    if (other == to)
        return Words::tr("range %1").arg(format::text(toText(to.range)));
    other = from;
    other.grid = to.grid;
    if (other == to)
        return Words::tr("grid %1").arg(format::gridName(to.grid));
    other = from;
    other.granularity = to.granularity;
    if (other == to)
        return Words::tr("scale %1").arg(format::granularityName(to.granularity));
    other = from;
    other.rounding = to.rounding;
    if (other == to)
        return Words::tr("rounding %1").arg(format::roundingName(to.rounding.kind));
    other = from;
    other.scale = to.scale;
    if (other == to)
        return Words::tr("scale type %1").arg(format::scaleTypeName(to.scale));
    other = from;
    other.threshold = to.threshold;
    if (other == to)
        return Words::tr("threshold %1").arg(format::thresholdName(to.threshold));
    other = from;
    other.exponent = to.exponent;
    if (other == to)
        return Words::tr("exponent %1").arg(format::exponentName(to.exponent));
    return format::schemeName(to);
}

} // namespace quantoscope
