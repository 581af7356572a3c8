// SPDX-License-Identifier: GPL-3.0-or-later
#include "ptqdata.h"

#include "core/analysis/activations/activationdetail.h"
#include "core/analysis/ptq/calibration.h"
#include "core/quant/ranges/observer.h"

#include <QTemporaryDir>

#include <algorithm>

using namespace quantoscope;
using namespace ptqdata;

namespace {

constexpr float noNumber = std::numeric_limits<float>::quiet_NaN();

LayerId idOf(const RunModel& model, const std::string& name)
{
    return model.network->findLayer(name).value();
}

ActivationDetailSettings settingsFor(const std::string& act = "bits=8,act=8")
{
    ActivationDetailSettings settings;
    settings.act = *parseScheme(act).act;
    return settings;
}

/// Values of channel `channel` of [samples][channels][inner].
std::vector<float> channelOf(const std::vector<float>& all, std::size_t channels, std::size_t inner,
                             std::size_t channel)
{
    std::vector<float> own;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (i / inner % channels == channel)
            own.push_back(all[i]);
    std::sort(own.begin(), own.end());
    return own;
}

/// x → MatMul "product" → y
onnx::ModelProto oneProduct(const Shape& input, const std::vector<float>& weight, std::int64_t outputs)
{
    onnx::ModelProto model = modelOf(input);
    onnxbuilder::addFloats(*model.mutable_graph(), "w", {input.back(), outputs}, weight);
    addNode(model, "MatMul", {"x", "w"}, "y").set_name("product");
    return model;
}

} // namespace

class TestActivationDetail : public QObject
{
    Q_OBJECT

private slots:
    void figuresAreThoseOfAllValuesTogether_data()
    {
        QTest::addColumn<int>("layer");
        QTest::newRow("the first layer, whose input is the network's") << 0;
        QTest::newRow("a convolution") << 1;
        QTest::newRow("the last layer, a product") << -1;
    }
    void figuresAreThoseOfAllValuesTogether()
    {
        QFETCH(int, layer);
        const auto model = bundled();
        const Stack samples = digits();
        const SampleOrder order = {4,   8,   15,  16,  23,  42,  99,  100, 101,
                                   102, 103, 104, 105, 106, 107, 108, 109};
        const auto& layers = model->network->layers;
        const Layer& source = layers[layer < 0 ? layers.size() - 1 : static_cast<std::size_t>(layer)];
        const ActivationDetail detail = activationDetail(model, source.id, samples, order, settingsFor());
        const std::vector<float> all = valuesOn(model, samples, order, source.input);

        QCOMPARE(detail.samples, order.size());
        QCOMPARE(detail.values, std::vector<std::string>{source.input});
        QCOMPARE(detail.extremes.finite, all.size());
        QCOMPARE(detail.extremes.min, *std::min_element(all.begin(), all.end()));
        QCOMPARE(detail.extremes.max, *std::max_element(all.begin(), all.end()));
        const Histogram& h = detail.histogram;
        QCOMPARE(h.counts, histogram(all, h.lo, h.hi, h.counts.size()).counts);
        QCOMPARE(std::accumulate(h.counts.begin(), h.counts.end(), std::uint64_t{0}), all.size());
        for (const ObservedRange& observed : detail.observers) {
            QCOMPARE(observed.issue, std::string());
            QCOMPARE(observed.isOwn, observed.rule == RangeRule{});
            ActivationScheme act = settingsFor().act;
            act.range = observed.rule;
            const Scheme scheme = schemeOf(act);
            const Interval clip = clipLimits(makeParams(scheme, observed.range), codeRange(scheme));
            const auto below = std::count_if(all.begin(), all.end(), [&](float x) { return x < clip.lo; });
            const auto above = std::count_if(all.begin(), all.end(), [&](float x) { return x > clip.hi; });
            QCOMPARE(observed.below, static_cast<std::uint64_t>(below));
            QCOMPARE(observed.above, static_cast<std::uint64_t>(above));
            if (observed.rule.kind == RangeRule::Kind::Ema)
                continue;
            RangeObserver plain(scheme);
            plain.add(all);
            QCOMPARE(observed.range, plain.range());
        }
    }

    void channelsAreThoseOfSortedValues()
    {
        const auto model = bundled();
        const Stack samples = digits();
        const SampleOrder order = firstOnes(40);
        for (const Layer& layer : model->network->layers) {
            const ActivationDetail detail = activationDetail(model, layer.id, samples, order, settingsFor());
            const std::vector<float> all = valuesOn(model, samples, order, layer.input);
            const std::size_t channels = detail.channels.size();
            const bool product = layer.kind == LayerKind::Gemm || layer.kind == LayerKind::MatMul;
            const Shape& weight = model->network->weightOf(layer).data.shape;
            const std::size_t inner = product ? 1 : all.size() / order.size() / channels;
            if (!product && layer.kind != LayerKind::DepthwiseConv)
                QCOMPARE(channels, static_cast<std::size_t>(weight[1]));
            for (std::size_t c = 0; c < channels; ++c) {
                const std::vector<float> own = channelOf(all, channels, inner, c);
                const ChannelRange& range = detail.channels[c];
                QCOMPARE(range.finite, own.size());
                QCOMPARE(range.min, own.front());
                QCOMPARE(range.max, own.back());
                const double bin = (double(own.back()) - double(own.front())) / ChannelRanges::bins;
                const auto at = [&](double share) {
                    const double rank = share * double(own.size() - 1);
                    return std::pair{double(own[static_cast<std::size_t>(std::floor(rank))]),
                                     double(own[static_cast<std::size_t>(std::ceil(rank))])};
                };
                QVERIFY(range.low >= at(0.001).first - bin && range.low <= at(0.001).second + bin);
                QVERIFY(range.high >= at(0.999).first - bin && range.high <= at(0.999).second + bin);
            }
        }
    }

    void outliersAreFarBeyondTheMedianChannel()
    {
        std::vector<ChannelRange> channels(6);
        for (std::size_t i = 0; i < 6; ++i)
            channels[i] = {-1, static_cast<float>(i + 1), 0, 0, 10};
        channels[2].min = -60;
        const OutlierChannels found = outlierChannels(channels, 6);
        QCOMPARE(found.median, 4.5); // 1 2 4 5 6 60
        QCOMPARE(found.channels, std::vector<std::uint32_t>{2});
        QVERIFY(outlierChannels(channels, 60 / 4.5).channels.empty());
        QVERIFY(outlierChannels(std::vector<ChannelRange>(3), 6).channels.empty());
        QVERIFY(outlierChannels({}, 6).channels.empty());
    }

    void mapIsSmoothedByHand()
    {
        QTemporaryDir folder;
        const auto model = loaded(oneProduct({1, 2, 3}, {1, -4, 0, 0, 0.25f, 0.5f}, 2), folder.path());
        // One sample, two tokens of three features: |X| = 9, 16, 2; |W| = 4, 0, 0.5; s = 1.5, 1, 2.
        const Stack samples(tensorFromFloats({1, 2, 3}, {9, -16, 1, -3, 4, 2}));
        const ActivationDetail detail =
            activationDetail(model, idOf(*model, "product"), samples, {0}, settingsFor());
        QCOMPARE(detail.smoothing, (std::vector<float>{1.5f, 1, 2}));
        QVERIFY(detail.map && !detail.map->rowsAreSamples);
        QCOMPARE(detail.map->tokens, 2u);
        QCOMPARE(detail.map->before, (std::vector<float>{9, 16, 1, 3, 4, 2}));
        QCOMPARE(detail.map->after, (std::vector<float>{6, 16, 0.5f, 2, 4, 1}));
        QCOMPARE(detail.map->maxBefore, 16.0f);
    }

    void layersThatReadTheSameValueShareFactors()
    {
        QTemporaryDir folder;
        onnx::ModelProto proto = oneProduct({1, 2}, {1, 1}, 1);
        onnxbuilder::addFloats(*proto.mutable_graph(), "v", {2, 1}, {4, 0.25f});
        addNode(proto, "MatMul", {"x", "v"}, "z").set_name("other");
        proto.mutable_graph()->add_output()->set_name("z");
        proto.mutable_graph()->mutable_output(1)->mutable_type()->mutable_tensor_type()->set_elem_type(1);
        const auto model = loaded(proto, folder.path());
        const Stack samples(tensorFromFloats({2, 2}, {1, 4, 0, -9}));
        const ActivationDetail detail =
            activationDetail(model, idOf(*model, "product"), samples, {0, 1}, settingsFor());
        QCOMPARE(detail.smoothing, (std::vector<float>{0.5f, 3}));
        QVERIFY(detail.map->rowsAreSamples);
        QCOMPARE(detail.map->tokens, 2u);
    }

    void largeMapsKeepTheLargest()
    {
        std::vector<float> values(600 * 3, 1.0f);
        values[599 * 3 + 1] = -7;
        values[4] = noNumber;
        const FeatureMap map = featureMap(values, 3, {1, 1, 1}, 256);
        QCOMPARE(map.tokensPerRow, 3u);
        QCOMPARE(map.rows, 200u);
        QCOMPARE(map.columns, 3u);
        QCOMPARE(map.before[199 * 3 + 1], 7.0f);
        QCOMPARE(std::count(map.before.begin(), map.before.end(), 1.0f), 599);
    }

    void notFiniteValuesAreLeftOut()
    {
        QTemporaryDir folder;
        const auto model = loaded(oneProduct({1, 2}, {1, 1}, 1), folder.path());
        const Stack samples(tensorFromFloats({3, 2}, {noNumber, 2, 1, INFINITY, -1, -3}));
        const ActivationDetail detail =
            activationDetail(model, idOf(*model, "product"), samples, {0, 1, 2}, settingsFor());
        QCOMPARE(detail.extremes.finite, 4u);
        QCOMPARE(detail.extremes.nan + detail.extremes.inf, 2u);
        QCOMPARE(detail.channels[0].min, -1.0f);
        QCOMPARE(detail.channels[1].min, -3.0f);
        QCOMPARE(detail.channels[1].finite, 2u);
        QCOMPARE(detail.histogram.notFinite, 2u);
    }

    void batchesChangeNothingButTheMovingAverage()
    {
        const auto model = bundled();
        const Stack samples = digits();
        const LayerId layer = model->network->layers.back().id;
        ActivationDetailSettings settings = settingsFor("bits=8,act=4,act.range=percentile:98");
        const ActivationDetail one = activationDetail(model, layer, samples, firstOnes(21), settings);
        settings.capture.batch = 5;
        const ActivationDetail other = activationDetail(model, layer, samples, firstOnes(21), settings);
        QCOMPARE(one.histogram.counts, other.histogram.counts);
        QCOMPARE(one.observers.size(), observedRules({}).size() + 1);
        QVERIFY(one.observers.back().isOwn);
        QCOMPARE(one.map->before, other.map->before);
        for (std::size_t i = 0; i < one.observers.size(); ++i)
            if (one.observers[i].rule.kind != RangeRule::Kind::Ema)
                QCOMPARE(one.observers[i].range, other.observers[i].range);
        for (std::size_t c = 0; c < one.channels.size(); ++c)
            QCOMPARE(one.channels[c].high, other.channels[c].high);
    }

    void saysWhyAndStops()
    {
        QTemporaryDir folder;
        onnx::ModelProto proto = oneProduct({1, 2}, {1, 1}, 1);
        const auto model = loaded(proto, folder.path());
        const Stack samples(tensorFromFloats({1, 2}, {1, 1}));
        const LayerId layer = idOf(*model, "product");
        QVERIFY(errorOf([&] {
                    activationDetail(model, layer, samples, {}, settingsFor());
                }).contains("no samples"));
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(
            activationDetail(model, layer, samples, {0}, settingsFor(), stop.get_token()), Cancelled);
        Layer hidden = model->network->layer(layer);
        for (WeightUseNode& use : hidden.uses)
            use = {use.output, use.slot, {}, true};
        QVERIFY(layerInputOf(*model, hidden).reason.find("body") != std::string::npos);
        hidden.uses.clear();
        QVERIFY(!layerInputOf(*model, hidden).reason.empty());
    }

    void progressRunsThroughBothPasses()
    {
        const auto model = bundled();
        const Stack samples = digits();
        std::vector<std::size_t> seen;
        activationDetail(model, model->network->layers.front().id, samples, firstOnes(32), settingsFor(), {},
                         [&](Stage, std::size_t done, std::size_t total) {
                             QCOMPARE(total, 64u);
                             seen.push_back(done);
                         });
        QCOMPARE(seen, (std::vector<std::size_t>{16, 32, 48, 64}));
    }
};

QTEST_GUILESS_MAIN(TestActivationDetail)
#include "tst_activationdetail.moc"
