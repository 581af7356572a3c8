// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/schemehistory.h"

#include "ui/format.h"
#include "ui/schemenames.h"

#include <QCoreApplication>

namespace quantoscope {

namespace {
struct Words
{
    Q_DECLARE_TR_FUNCTIONS(SchemeHistory)
};
} // namespace

SchemeHistory::SchemeHistory(const Scheme& first) : m_steps{{first, EditKind::Other}} {}

bool SchemeHistory::merges(EditKind kind) const
{
    if (m_inGesture)
        return m_gestureHasStep;
    return m_position > 0 && kind != EditKind::Other && m_steps[m_position].kind == kind
           && m_sinceEdit.isValid() && m_sinceEdit.elapsed() < mergeMs;
}

void SchemeHistory::edit(const Scheme& scheme, EditKind kind)
{
    if (scheme == current())
        return;
    m_steps.resize(m_position + 1, m_steps.front());
    if (merges(kind)) {
        m_steps.back().scheme = scheme;
        const bool returned = m_steps.size() > 1 && m_steps[m_position - 1].scheme == scheme;
        if (returned && !m_inGesture) {
            m_steps.pop_back();
            --m_position;
        }
    } else {
        m_steps.push_back({scheme, kind});
        ++m_position;
        m_gestureHasStep = m_inGesture;
    }
    m_sinceEdit.start();
}

void SchemeHistory::beginGesture()
{
    m_inGesture = true;
    m_gestureHasStep = false;
}

void SchemeHistory::endGesture()
{
    m_inGesture = false;
    m_gestureHasStep = false;
    m_sinceEdit.invalidate();
}

void SchemeHistory::cancelGesture()
{
    if (m_inGesture && m_gestureHasStep) {
        m_steps.pop_back();
        --m_position;
    }
    endGesture();
}

void SchemeHistory::undo()
{
    if (canUndo())
        --m_position;
    m_sinceEdit.invalidate();
}

void SchemeHistory::redo()
{
    if (canRedo())
        ++m_position;
    m_sinceEdit.invalidate();
}

QString SchemeHistory::undoText() const
{
    return canUndo() ? changeText(m_steps[m_position - 1].scheme, current()) : QString();
}

QString SchemeHistory::redoText() const
{
    return canRedo() ? changeText(current(), m_steps[m_position + 1].scheme) : QString();
}

namespace {

bool onlyTheWidth(const Scheme& from, const Scheme& to)
{
    return hasWidths(from.format) && hasWidths(to.format) && withBits(from, to.bits) == to;
}

} // namespace

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
