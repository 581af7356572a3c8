// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/synth/synth.h"

#include "core/formats/synth/counterrandom.h"
#include "core/formats/synth/exactmath.h"
#include "core/formats/synth/synthspec.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

namespace {

/// The distributions, one element at a time.
class Generator
{
public:
    explicit Generator(const SynthSpec& spec) : m_spec(spec)
    {
        for (std::size_t draw = 0; draw < m_streams.size(); ++draw)
            m_streams[draw] = CounterRandom(spec.seed, draw);
        m_channels = static_cast<std::size_t>(spec.shape.front());
        m_perChannel = *elementCount(spec.shape) / m_channels;
    }

    float value(std::size_t index) const
    {
        return static_cast<float>(m_spec.offset + m_spec.scale * standard(index));
    }

private:
    /// 2u differs from 1.
    double uniform(std::size_t draw, std::size_t index) const { return m_streams[draw].uniform(index); }

    double normal(std::size_t index) const { return exactmath::normalQuantile(uniform(0, index)); }

    bool isOutlierChannel(std::size_t channel) const
    {
        const auto wanted = std::min(static_cast<std::size_t>(m_spec.parameters[0]), m_channels);
        return (channel + 1) * wanted / m_channels > channel * wanted / m_channels;
    }

    double standard(std::size_t index) const
    {
        const auto [first, second] = m_spec.parameters;
        switch (m_spec.kind) {
        case SynthKind::Uniform:
            return 2 * uniform(0, index) - 1;
        case SynthKind::Gauss:
            return normal(index);
        case SynthKind::Laplace: {
            const double u = uniform(0, index);
            return u < 0.5 ? exactmath::log(2 * u) : -exactmath::log(2 * (1 - u));
        }
        case SynthKind::StudentT: {
            const double power = -2 / first * exactmath::log(uniform(0, index));
            return std::sqrt(first * exactmath::expMinusOne(power)) * exactmath::cosTurns(uniform(1, index));
        }
        case SynthKind::Relu:
            return std::max(0.0, normal(index));
        case SynthKind::Lognormal:
            return exactmath::exp(first * normal(index));
        case SynthKind::Bimodal:
            return normal(index) + (uniform(1, index) < 0.5 ? first / 2 : -first / 2);
        case SynthKind::Outliers:
            if (uniform(1, index) < first)
                return uniform(2, index) < 0.5 ? second : -second;
            return normal(index);
        case SynthKind::OutlierChannels:
            return isOutlierChannel(index / m_perChannel) ? second * normal(index) : normal(index);
        case SynthKind::DeadChannel:
            return index / m_perChannel == m_channels / 2 ? 0.0 : normal(index);
        case SynthKind::Constant:
            return first;
        case SynthKind::Mixture:
            return uniform(1, index) < first ? second * normal(index) : normal(index);
        }
        return 0;
    }

    const SynthSpec& m_spec;
    std::array<CounterRandom, 3> m_streams = {};
    std::size_t m_channels = 1;
    std::size_t m_perChannel = 1;
};

} // namespace

std::vector<float> synthValues(const SynthSpec& spec, const std::stop_token& stop)
{
    const Generator generator(spec);
    std::vector<float> values(*elementCount(spec.shape));
    // About a millisecond of work each.
    constexpr std::size_t block = 16384;
    parallelFor((values.size() + block - 1) / block,
                [&](std::size_t i) {
                    const std::size_t end = std::min(values.size(), (i + 1) * block);
                    for (std::size_t at = i * block; at < end; ++at)
                        values[at] = generator.value(at);
                },
                stop);
    return values;
}

std::shared_ptr<const Network> readSynth(const std::string& text, const std::stop_token& stop)
{
    const SynthSpec spec = parseSynth(text);
    auto network = std::make_shared<Network>();
    network->format = "synth";
    network->path = text;
    network->weights.push_back({text, tensorFromFloats(spec.shape, synthValues(spec, stop)), {}});
    network->parameters = network->weights.front().data.size();
    Layer layer;
    layer.name = text;
    network->layers.push_back(std::move(layer));
    return network;
}

} // namespace quantoscope
