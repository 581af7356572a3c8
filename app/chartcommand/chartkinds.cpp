// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/chartkinds.h"

#include "app/chartcommand/valuekinds.h"
#include "app/weightscontroller.h"
#include "ui/charts/channelcharts.h"
#include "ui/charts/mapcharts.h"

#include <cmath>

namespace quantoscope {

namespace {

Chart heatmap(const ChartRequest& request, MapMode mode)
{
    LayerCache layers;
    MapCache maps;
    const WeightsRequest of{request.network, request.layer, request.schemes.front()};
    const auto map = maps.get(layers, of, mode, request.stop);
    const Extremes ends = layers.get(of.network, of.layer)->valueExtremes();
    const MapWindow whole{.rows = map->rows(), .columns = map->columns()};
    MapPicture picture{of.network, of.layer, of.scheme, map, map->window(whole), whole, 0};
    picture.valueMax =
        std::max(std::abs(static_cast<double>(ends.min)), std::abs(static_cast<double>(ends.max)));
    return mapChart(picture);
}

ChartKind mapKind(std::string name, std::string title, MapMode mode)
{
    return {std::move(name), std::move(title), 1,
            [mode](const ChartRequest& request) { return heatmap(request, mode); }};
}

Chart channels(const ChartRequest& request)
{
    LayerCache layers;
    return channelsChart(channelsPicture(layers, nullptr,
                                         {request.network, request.layer, request.schemes.front()},
                                         ChannelOrder::Index, false, request.stop));
}

} // namespace

std::span<const ChartKind> chartKinds()
{
    static const std::vector<ChartKind> kinds = [] {
        std::vector<ChartKind> all = valueKinds();
        all.push_back(mapKind("heatmap", "the weights", MapMode::Value));
        all.push_back(mapKind("heatmap-quantized", "the weights after quantization", MapMode::Quantized));
        all.push_back(mapKind("heatmap-error", "the error of every weight", MapMode::Error));
        all.push_back(mapKind("heatmap-clipped", "what is clipped", MapMode::Clipped));
        all.push_back({"channels", "ranges and errors of the output channels", 1, channels});
        return all;
    }();
    return kinds;
}

} // namespace quantoscope
