// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session.h"

#include "core/quant/formats.h"
#include "ui/models/schemechoices.h"

#include <algorithm>

namespace quantoscope {

namespace {

/// `scheme` at the widest width that it or the integer grid in its place has.
Scheme atWidest(const Scheme& scheme)
{
    Scheme wide = sweepScheme(scheme);
    wide.act = scheme.act;
    return withBits(wide, widestBits(wide.format));
}

/// Whether both cut a tensor into the same sets.
bool sameSets(const Scheme& a, const Scheme& b)
{
    const bool blocks = infoOf(a.format).block != 0 || infoOf(b.format).block != 0;
    return blocks ? a.format == b.format : a.granularity == b.granularity;
}

} // namespace

Session::Session(const Scheme& scheme, QObject* parent)
    : QObject(parent), m_history(scheme), m_wide(scheme.format == Format::Int ? scheme : Scheme())
{
}

void Session::setNetwork(std::shared_ptr<const Network> network)
{
    if (network == m_network)
        return;
    m_network = std::move(network);
    m_layer.reset();
    m_set.reset();
    m_result.reset();
    m_picture.reset();
    m_sweep.reset();
    emit networkChanged();
}

void Session::setCurrentLayer(std::optional<LayerId> layer)
{
    if (layer == m_layer)
        return;
    m_layer = layer;
    m_set.reset();
    emit currentLayerChanged();
}

void Session::setChosenSet(std::optional<std::size_t> set)
{
    if (set == m_set)
        return;
    m_set = set;
    emit chosenSetChanged();
}

void Session::editScheme(const Scheme& scheme, EditKind kind)
{
    if (scheme == this->scheme())
        return;
    m_history.edit(scheme, kind);
    schemeMoved();
}

void Session::editBits(int bits)
{
    const Scheme wide = widthless();
    editScheme(withBits(wide, std::clamp(bits, 1, wide.bits)), EditKind::Bits);
}

void Session::stepBits(int step)
{
    if (hasWidths(scheme().format))
        editBits(scheme().bits + step);
}

void Session::editRange(const RangeRule& range)
{
    Scheme scheme = this->scheme();
    if (!fieldsOf(scheme.format).range)
        return;
    scheme.range = range;
    editScheme(scheme, EditKind::Range);
}

void Session::beginGesture() { m_history.beginGesture(); }

void Session::endGesture() { m_history.endGesture(); }

void Session::cancelGesture()
{
    const Scheme before = scheme();
    m_history.cancelGesture();
    if (scheme() != before)
        schemeMoved();
}

void Session::undo()
{
    if (!m_history.canUndo())
        return;
    m_history.undo();
    schemeMoved();
}

void Session::redo()
{
    if (!m_history.canRedo())
        return;
    m_history.redo();
    schemeMoved();
}

void Session::schemeMoved()
{
    const Scheme& now = scheme();
    if (now.format == Format::Int)
        m_wide = now;
    // Another cut into sets: the number of the chosen one means nothing any more.
    if (!m_picture || !sameSets(m_picture->scheme(), now))
        m_set.reset();
    emit schemeChanged();
}

Scheme Session::widthless() const
{
    Scheme scheme = this->scheme();
    if (scheme.format == Format::Binary) {
        scheme = m_wide;
        scheme.granularity = this->scheme().granularity;
        scheme.act = this->scheme().act;
    }
    return atWidest(scheme);
}

void Session::setResult(std::shared_ptr<const AnalysisResult> result)
{
    if (!result || result->network != m_network)
        return;
    m_result = std::move(result);
    emit resultChanged();
}

void Session::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    if (picture && (picture->network != m_network || picture->layer != m_layer))
        return;
    m_picture = std::move(picture);
    emit pictureChanged();
}

void Session::setSweep(std::shared_ptr<const Sweep> sweep)
{
    m_sweep = std::move(sweep);
    emit sweepChanged();
}

} // namespace quantoscope
