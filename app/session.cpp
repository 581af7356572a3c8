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

} // namespace

bool haveSameSets(const Scheme& a, const Scheme& b)
{
    const bool blocks = infoOf(a.format).block != 0 || infoOf(b.format).block != 0;
    return blocks ? a.format == b.format : a.granularity == b.granularity;
}

Session::Session(const Scheme& scheme, QObject* parent)
    : QObject(parent), m_history(Setup{.settings = {.scheme = scheme, .overrides = {}}, .pins = {}, .b = {}}),
      m_wide(scheme.format == Format::Int ? scheme : Scheme())
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
    m_pictureB.reset();
    m_resultB.reset();
    // Schemes of layers that are not there would be kept unseen.
    if (m_network && !m_history.fits(*m_network)) {
        Setup fitted = setup();
        fitted.settings = fittedTo(fitted.settings, *m_network);
        for (Pin& pin : fitted.pins)
            pin.settings = fittedTo(pin.settings, *m_network);
        restoreSetup(fitted);
    }
    emit networkChanged();
}

void Session::setCurrentLayer(std::optional<LayerId> layer)
{
    if (layer == m_layer)
        return;
    m_layer = layer;
    m_set.reset();
    if (scheme().format == Format::Int)
        m_wide = scheme();
    checkB();
    emit currentLayerChanged();
}

const std::string& Session::layerName() const
{
    static const std::string none;
    return m_network && m_layer ? m_network->layer(*m_layer).name : none;
}

const Scheme& Session::scheme() const { return schemeFor(settings(), layerName()); }

bool Session::isOverridden() const { return m_layer && hasOwnScheme(settings(), layerName()); }

void Session::setScope(Scope scope)
{
    if (scope == m_scope)
        return;
    m_scope = scope;
    emit scopeChanged();
}

void Session::setInValues(bool inValues)
{
    if (inValues == m_inValues)
        return;
    m_inValues = inValues;
    emit chosenSetChanged();
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
    Setup setup = this->setup();
    setup.settings = withScheme(std::move(setup.settings), m_network.get(), m_layer, m_scope, scheme);
    edit(setup, kind);
}

void Session::applyScheme(Scope scope)
{
    Setup setup = this->setup();
    setup.settings = withScheme(std::move(setup.settings), m_network.get(), m_layer, scope, scheme());
    if (scope == Scope::All)
        setup.settings.overrides.clear();
    edit(setup);
}

void Session::clearOverride()
{
    Setup setup = this->setup();
    setup.settings.overrides.erase(layerName());
    edit(setup);
}

void Session::editSettings(const AnalysisSettings& settings)
{
    Setup setup = this->setup();
    setup.settings = m_network ? fittedTo(settings, *m_network) : settings;
    edit(setup);
}

void Session::restoreSetup(const Setup& setup) { restoreHistory(SetupHistory(setup)); }

void Session::restoreHistory(const SetupHistory& history)
{
    const Setup before = setup();
    m_history = history;
    moved(before);
}

void Session::edit(const Setup& setup, EditKind kind)
{
    if (setup == this->setup())
        return;
    const Setup before = this->setup();
    m_history.edit(setup, kind);
    moved(before);
}

void Session::moved(const Setup& before)
{
    const Setup& now = setup();
    const bool pins = before.pins != now.pins || before.b != now.b;
    if (pins)
        checkB();
    if (before.settings != now.settings)
        schemeMoved();
    if (pins)
        emit pinsChanged();
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
    const Setup before = setup();
    m_history.cancelGesture();
    moved(before);
}

void Session::undo()
{
    const Setup before = setup();
    m_history.undo();
    moved(before);
}

void Session::redo()
{
    const Setup before = setup();
    m_history.redo();
    moved(before);
}

bool Session::pinAsB()
{
    Setup setup = this->setup();
    const auto same = std::find_if(setup.pins.begin(), setup.pins.end(),
                                   [&](const Pin& pin) { return pin.settings == setup.settings; });
    if (same == setup.pins.end()) {
        if (setup.pins.size() >= Setup::maxPins)
            return false;
        setup.pins.push_back({{}, setup.settings});
        setup.b = setup.pins.size() - 1;
    } else {
        setup.b = static_cast<std::size_t>(same - setup.pins.begin());
    }
    const auto picture = m_picture && m_picture->scheme() == scheme() ? m_picture : nullptr;
    const auto result = m_result && m_result->settings == settings() ? m_result : nullptr;
    edit(setup);
    setPictureB(picture);
    setResultB(result);
    return true;
}

void Session::swapAB()
{
    Setup setup = this->setup();
    if (!setup.pinB())
        return;
    std::swap(setup.settings, setup.pins[*setup.b].settings);
    const auto picture = m_picture;
    const auto result = m_result;
    const auto pictureB = m_pictureB;
    const auto resultB = m_resultB;
    edit(setup);
    // What is known of both stays known, the other way round.
    setPictureB(picture);
    setResultB(result);
    if (pictureB)
        setPicture(pictureB);
    if (resultB)
        setResult(resultB);
}

void Session::setB(std::optional<std::size_t> pin)
{
    Setup setup = this->setup();
    if (pin && *pin >= setup.pins.size())
        return;
    setup.b = pin;
    edit(setup);
}

void Session::usePin(std::size_t pin)
{
    if (pin < setup().pins.size())
        editSettings(setup().pins[pin].settings);
}

void Session::renamePin(std::size_t pin, const QString& name)
{
    Setup setup = this->setup();
    if (pin >= setup.pins.size())
        return;
    setup.pins[pin].name = name.trimmed();
    edit(setup);
}

void Session::removePin(std::size_t pin)
{
    Setup setup = this->setup();
    if (pin >= setup.pins.size())
        return;
    setup.pins.erase(setup.pins.begin() + static_cast<std::ptrdiff_t>(pin));
    if (setup.b == pin)
        setup.b.reset();
    else if (setup.b && *setup.b > pin)
        --*setup.b;
    edit(setup);
}

void Session::checkB()
{
    const Pin* b = setup().pinB();
    if (m_resultB && (!b || m_resultB->settings != b->settings)) {
        m_resultB.reset();
        emit resultBChanged();
    }
    if (m_pictureB
        && (!b || m_pictureB->layer != m_layer
            || m_pictureB->scheme() != schemeFor(b->settings, layerName()))) {
        m_pictureB.reset();
        emit pictureBChanged();
    }
}

void Session::schemeMoved()
{
    const Scheme& now = scheme();
    if (now.format == Format::Int)
        m_wide = now;
    // Another cut into sets: the number of the chosen one means nothing any more.
    if (!m_picture || !haveSameSets(m_picture->scheme(), now))
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

void Session::setPictureB(std::shared_ptr<const LayerPicture> picture)
{
    const Pin* b = setup().pinB();
    if (picture
        && (!b || picture->network != m_network || picture->layer != m_layer
            || picture->scheme() != schemeFor(b->settings, layerName())))
        return;
    if (picture == m_pictureB)
        return;
    m_pictureB = std::move(picture);
    emit pictureBChanged();
}

void Session::setResultB(std::shared_ptr<const AnalysisResult> result)
{
    const Pin* b = setup().pinB();
    if (result && (!b || result->network != m_network || result->settings != b->settings))
        return;
    if (result == m_resultB)
        return;
    m_resultB = std::move(result);
    emit resultBChanged();
}

void Session::setSweep(std::shared_ptr<const Sweep> sweep)
{
    m_sweep = std::move(sweep);
    emit sweepChanged();
}

} // namespace quantoscope
