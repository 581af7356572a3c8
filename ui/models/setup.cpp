// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/setup.h"

#include "ui/schemenames.h"

#include <QCoreApplication>

namespace quantoscope {

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Setup)
};

void setOwnScheme(AnalysisSettings& settings, const std::string& layer, const Scheme& scheme)
{
    if (scheme == settings.scheme)
        settings.overrides.erase(layer);
    else
        settings.overrides[layer] = scheme;
}

} // namespace

bool hasOwnScheme(const AnalysisSettings& settings, const std::string& layer)
{
    return settings.overrides.contains(layer);
}

AnalysisSettings withScheme(AnalysisSettings settings, const Network* network, std::optional<LayerId> layer,
                            Scope scope, const Scheme& scheme)
{
    const Layer* seen = network && layer ? &network->layer(*layer) : nullptr;
    if (scope == Scope::All || !seen) {
        settings.scheme = scheme;
        if (seen)
            settings.overrides.erase(seen->name);
        return settings;
    }
    for (const Layer& other : network->layers)
        if (other.id == seen->id || (scope == Scope::Kind && other.kind == seen->kind))
            setOwnScheme(settings, other.name, scheme);
    return settings;
}

AnalysisSettings fittedTo(AnalysisSettings settings, const Network& network)
{
    std::erase_if(settings.overrides, [&](const auto& own) { return !network.findLayer(own.first); });
    return settings;
}

QString settingsName(const AnalysisSettings& settings)
{
    const QString name = format::schemeName(settings.scheme);
    const auto own = static_cast<int>(settings.overrides.size());
    return own == 0 ? name : Words::tr("%1 + %n layer(s) of their own", nullptr, own).arg(name);
}

QString pinName(const Pin& pin) { return pin.name.isEmpty() ? settingsName(pin.settings) : pin.name; }

} // namespace quantoscope
