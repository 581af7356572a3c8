// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/testnetwork.h"
#include "ui/models/cliplimits.h"

#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

LayerPicture pictureOf(std::vector<float> values, Shape shape, const char* scheme,
                       std::optional<std::size_t> set = {})
{
    LayerPicture picture;
    picture.network = testing::oneLayer(std::move(values), std::move(shape));
    LayerData data(picture.network, {0});
    picture.stats = data.stats();
    picture.detail = layerDetail(data, {.scheme = parseScheme(scheme), .set = set});
    return picture;
}

const std::vector<float> eight{-1, -0.5f, 0, 0.25f, 0.5f, 1, 1.5f, 2};

} // namespace

class TestClipLimits : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(u".*"_s)); }

    void symmetricLimitsMirror()
    {
        const LayerPicture picture = pictureOf(eight, {8}, "bits=4");
        const ClipLimits limits = clipLimits(picture);
        QCOMPARE(limits.lo, -2.0);
        QCOMPARE(limits.hi, 2.0);
        QVERIFY(limits.movable);
        const MovedLimits moved = moveLimit(picture, false, -1.25);
        QCOMPARE(moved.limits.hi, 1.25);
        QCOMPARE(moved.rule, (RangeRule{RangeRule::Kind::Manual, -1.25, 1.25}));
    }

    void asymmetricLimitsMoveAlone()
    {
        const LayerPicture picture = pictureOf(eight, {8}, "bits=4,grid=offset");
        const MovedLimits moved = moveLimit(picture, true, 1.0);
        QCOMPARE(moved.rule, (RangeRule{RangeRule::Kind::Manual, -1.0, 1.0}));
    }

    void zeroPointKeepsZeroInside()
    {
        const LayerPicture picture = pictureOf(eight, {8}, "bits=4,grid=zero-point");
        QCOMPARE(moveLimit(picture, false, 0.7).rule, (RangeRule{RangeRule::Kind::Manual, 0.0, 2.0}));
    }

    void limitsNeverCross()
    {
        const LayerPicture picture = pictureOf(eight, {8}, "bits=4,grid=offset");
        const MovedLimits moved = moveLimit(picture, true, -5.0);
        QVERIFY(moved.rule.a < moved.rule.b);
    }

    void allChannelsMoveByRatio()
    {
        const LayerPicture picture = pictureOf(eight, {2, 4}, "bits=4,granularity=channel");
        QVERIFY(picture.detail.normalized);
        QCOMPARE(clipLimits(picture).hi, 7.0);
        QCOMPARE(clipLimits(picture).lo, -7.0);
        const MovedLimits moved = moveLimit(picture, true, 3.5);
        QCOMPARE(moved.limits.lo, -3.5);
        QCOMPARE(moved.rule, (RangeRule{RangeRule::Kind::Ratio, 0.5, 0}));
    }

    void ratioContinuesFromTheOneInForce()
    {
        const LayerPicture picture = pictureOf(eight, {2, 4}, "bits=4,granularity=channel,range=ratio:0.5");
        QCOMPARE(moveLimit(picture, true, 14.0).rule.a, 1.0);
    }

    void oneChannelMovesTheRatioOfAll()
    {
        const LayerPicture picture = pictureOf(eight, {2, 4}, "bits=4,granularity=channel", 1);
        QVERIFY(!picture.detail.normalized);
        QCOMPARE(clipLimits(picture).hi, 2.0);
        QCOMPARE(moveLimit(picture, true, 0.5).rule, (RangeRule{RangeRule::Kind::Ratio, 0.25, 0}));
    }

    void booksMirrorAndMoveByValue()
    {
        const LayerPicture picture = pictureOf(eight, {8}, "format=nf4");
        QCOMPARE(clipLimits(picture).lo, -2.0);
        QCOMPARE(clipLimits(picture).hi, 2.0);
        QVERIFY(clipLimits(picture).movable);
        const MovedLimits moved = moveLimit(picture, true, 1.5);
        QCOMPARE(moved.limits.lo, -1.5);
        QCOMPARE(moved.rule, (RangeRule{RangeRule::Kind::Manual, -1.5, 1.5}));
    }

    void floatsInManySetsMoveByRatio()
    {
        const LayerPicture picture = pictureOf(eight, {2, 4}, "format=e4m3,granularity=channel");
        QVERIFY(picture.detail.normalized);
        QCOMPARE(clipLimits(picture).hi, 448.0);
        const MovedLimits moved = moveLimit(picture, false, -224);
        QCOMPARE(moved.limits.hi, 224.0);
        QCOMPARE(moved.rule, (RangeRule{RangeRule::Kind::Ratio, 0.5, 0}));
        const LayerPicture halved =
            pictureOf(eight, {2, 4}, "format=e4m3,granularity=channel,range=percentile:50");
        QVERIFY(moveLimit(halved, true, 448).rule.a < 1);
    }

    void otherFormatsHaveNothingToMove()
    {
        for (const char* scheme : {"format=ternary", "format=kmeans,bits=2", "format=fp16", "format=bf16"}) {
            const LayerPicture picture = pictureOf(eight, {8}, scheme);
            QVERIFY2(!clipLimits(picture).movable, scheme);
            QVERIFY2(hasLevels(picture), scheme);
        }
        const LayerPicture books = pictureOf(eight, {2, 4}, "format=kmeans,bits=1,granularity=channel");
        QVERIFY(!clipLimits(books).movable);
        QVERIFY(!hasLevels(books));
        QVERIFY(hasFarLevels(pictureOf(eight, {8}, "format=bf16")));
    }

    void binaryHasNothingToMove() { QVERIFY(!clipLimits(pictureOf(eight, {8}, "format=binary")).movable); }

    void pointsAreTheEngines()
    {
        // symmetric, b = 3, L = 2: 1.1 → 2 → 1.333, the worked example of the grid.
        const LayerPicture picture = pictureOf({1.1f, 2.4f, -0.3f, 0.8f}, {4}, "bits=3,range=manual:-2:2");
        QCOMPARE(quantizePoint(picture, 1.1).code, 2);
        QCOMPARE(quantizePoint(picture, 2.4).code, 3);
        QCOMPARE(quantizePoint(picture, 2.4).value, 2.0);
        QCOMPARE(quantizePoint(picture, -0.3).code, 0);
    }

    void normalizedBinaryStepsHalfWay()
    {
        const LayerPicture picture = pictureOf(eight, {2, 4}, "format=binary,granularity=channel");
        QVERIFY(picture.detail.normalized);
        QCOMPARE(quantizePoint(picture, 0.49).value, 0.0);
        QCOMPARE(quantizePoint(picture, 0.5).value, 1.0);
    }
};

QTEST_GUILESS_MAIN(TestClipLimits)
#include "tst_cliplimits.moc"
