// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/valuekinds.h"

#include "app/valuescontroller.h"
#include "ui/charts/valuecharts.h"
#include "ui/models/schemechoices.h"

namespace quantoscope {

namespace {

using Kind = DetailCharts::Kind;

/// The pictures of A and, with two schemes, of B.
struct Pictures
{
    LayerPicture a;
    std::optional<LayerPicture> b;

    explicit Pictures(const ChartRequest& request) : a(pictureOf(request, request.schemes.front()))
    {
        if (request.schemes.size() > 1)
            b = pictureOf(request, request.schemes[1]);
    }
    const LayerPicture* other() const { return b ? &*b : nullptr; }

private:
    static LayerPicture pictureOf(const ChartRequest& request, const Scheme& scheme)
    {
        LayerCache layers;
        return layerPicture(layers, {request.network, request.layer, scheme, {}, false}, request.stop);
    }
};

Chart valueHistogram(const ChartRequest& request)
{
    const Pictures pictures(request);
    HistogramOptions options;
    options.b = pictures.other();
    return histogramChart(pictures.a, options);
}

Chart staircase(const ChartRequest& request)
{
    const Pictures pictures(request);
    return staircaseChart(pictures.a, pictures.other());
}

Chart errorBits(const ChartRequest& request)
{
    LayerCache layers;
    const auto data = layers.get(request.network, request.layer);
    const auto sweep = [&](const Scheme& scheme) {
        return data->sweep(sweepScheme(scheme), 1, SweepRunner::widest, request.stop);
    };
    const LayerReport report = data->report(request.schemes.front(), request.stop);
    const auto a = sweep(request.schemes.front());
    if (request.schemes.size() < 2)
        return errorOverBitsChart(report, a);
    const auto b = sweep(request.schemes[1]);
    return errorOverBitsChart(report, a, &b);
}

ValuesExtras extras(const ChartRequest& request, Kind kind, bool allWidths = false)
{
    const Scheme& scheme = request.schemes.front();
    ValuesRequest wanted{request.network, request.layer, scheme, clipWidths(scheme, allWidths), kind, {}};
    LayerCache layers;
    return valuesExtras(layers, wanted, {}, request.stop);
}

ChartKind clipKind(std::string name, std::string title, bool allWidths)
{
    return {std::move(name), std::move(title), 1, [allWidths](const ChartRequest& request) {
                return clipCurveChart(*extras(request, Kind::ClipCurve, allWidths).clip);
            }};
}

ChartKind profileKind(std::string name, std::string title, Kind kind, Chart (*chart)(const ProfilePicture&))
{
    return {std::move(name), std::move(title), 1,
            [kind, chart](const ChartRequest& request) { return chart(*extras(request, kind).profile); }};
}

} // namespace

std::vector<ChartKind> valueKinds()
{
    return {
        {"histogram", "the values and the levels over them", 2, valueHistogram},
        {"staircase", "input to output, and the error", 2, staircase},
        {"error-bits", "rounding and clipping error over the bit width", 2, errorBits},
        clipKind("clip-curve", "rounding and clipping error over the clip limit", false),
        clipKind("clip-curves", "the same for 2 to 8 bits", true),
        {"format-ruler", "the levels of well-known formats under the values", 1,
         [](const ChartRequest& request) {
             return formatRulerChart(*extras(request, Kind::FormatRuler).ruler);
         }},
        profileKind("error-magnitude", "the error against the magnitude of the values",
                    Kind::ErrorOverMagnitude, errorOverMagnitudeChart),
        profileKind("step-error", "the error within a step", Kind::StepError, stepErrorChart),
        profileKind("occupancy", "how often each code is taken", Kind::Occupancy, occupancyChart),
    };
}

} // namespace quantoscope
