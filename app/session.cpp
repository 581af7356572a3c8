// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session.h"

#include <algorithm>

namespace quantoscope {

namespace {
constexpr int widestBits = 16;
} // namespace

Session::Session(const Scheme& scheme, QObject* parent)
    : QObject(parent), m_history(scheme), m_wide(withBits(scheme, widestBits))
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
    editScheme(withBits(widthless(), std::clamp(bits, 1, widestBits)), EditKind::Bits);
}

void Session::editRange(const RangeRule& range)
{
    Scheme scheme = this->scheme();
    if (scheme.format == Format::Binary)
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
    const bool sameSets = m_picture && m_picture->scheme().granularity == now.granularity;
    if (!sameSets)
        m_set.reset();
    emit schemeChanged();
}

Scheme Session::widthless() const
{
    Scheme scheme = this->scheme();
    if (scheme.format == Format::Binary) {
        scheme = m_wide;
        scheme.granularity = this->scheme().granularity;
    }
    return withBits(scheme, widestBits);
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
