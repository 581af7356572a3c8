// SPDX-License-Identifier: GPL-3.0-or-later
// The Run and Activations tabs with the bundled network.
#include "app/maincontroller.h"
#include "app/sample.h"
#include "app/thumbnails.h"
#include "core/formats/openfile.h"
#include "tests/ui/testnetwork.h"
#include "ui/mainwindow.h"
#include "ui/models/flippedmodel.h"
#include "ui/models/runfiguresmodel.h"
#include "ui/models/runlayersmodel.h"
#include "ui/plots/activationplot.h"
#include "ui/views/activationsview.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/noticebar.h"
#include "ui/views/runform.h"
#include "ui/views/runview.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Network> load(const std::string& file, std::stop_token stop, const ProgressFn& progress)
{
    return file == "arrays" ? testing::smallNetwork() : openNetwork(file, std::move(stop), progress);
}

struct Fixture
{
    QTemporaryDir folder;
    SettingsStore settings{folder.filePath(u"settings.ini"_s)};
    MainWindow window;
    MainController controller{window, settings, load};

    explicit Fixture(bool sample = true)
    {
        window.show();
        sample ? controller.openSample() : controller.open(u"arrays"_s);
        settle();
    }
    void settle()
    {
        QTest::qWait(1);
        QTRY_VERIFY_WITH_TIMEOUT(!controller.isBusy() && !controller.runs().isBusy(), 60000);
        QTest::qWait(1);
    }
    RunView& view() { return *window.runView(); }
    void request(const RunRequest& request)
    {
        view().form()->setRequest(request);
        emit view().form()->edited();
    }
    template <class T>
    T* find(const char* name)
    {
        return window.findChild<T*>(QString::fromLatin1(name));
    }
    int rows(const char* table) { return find<QTableView>(table)->model()->rowCount(); }
};

} // namespace

class TestRunWindow : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u"^(?!This plugin does not support propagateSizeHints).*"_s));
    }

    void sampleRunsAtOnce()
    {
        Fixture f;
        f.window.showTab(&f.view());
        QCOMPARE(f.find<QLineEdit>("runInputs")->text(), u"sample"_s);
        QTest::mouseClick(f.find<QPushButton>("runStart"), Qt::LeftButton);
        QVERIFY(!f.find<QPushButton>("runStart")->isEnabled());
        QVERIFY(f.find<QPushButton>("runCancel")->isVisible());
        f.settle();
        QVERIFY(f.find<QPushButton>("runStart")->isEnabled());
        QCOMPARE(f.rows("runLayers"), 10);
        QVERIFY(f.rows("runFigures") >= 6);
        QVERIFY(f.rows("runFlipped") > 0);
        QVERIFY(f.find<ElidedLabel>("runNotes")->text().contains(u"1,000 samples"_s));
        // Results of another scheme say so.
        f.controller.session().editBits(5);
        QVERIFY(f.find<ElidedLabel>("runNotes")->text().startsWith(u"≈"_s));
        QVERIFY(!f.find<QTableView>("runFigures")->isEnabled());
        f.controller.session().undo();
        QVERIFY(f.find<QTableView>("runFigures")->isEnabled());
    }

    void cancelAnswersQuickly()
    {
        Fixture f;
        f.window.showTab(&f.view());
        emit f.view().runRequested();
        QTest::qWait(150);
        QElapsedTimer timer;
        timer.start();
        QTest::mouseClick(f.find<QPushButton>("runCancel"), Qt::LeftButton);
        f.settle();
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(!f.find<QPushButton>("runCancel")->isVisible());
        QCOMPARE(f.rows("runLayers"), 0);
    }

    void failureIsSaidInPlace()
    {
        Fixture f;
        f.window.showTab(&f.view());
        RunRequest request = f.view().form()->request();
        request.inputs = u"/nowhere/samples.npz"_s;
        f.request(request);
        emit f.view().runRequested();
        f.settle();
        QVERIFY(f.find<NoticeBar>("runError")->isVisible());
        QVERIFY(f.find<NoticeBar>("runError")->text().contains(u"nowhere"_s));
        QVERIFY(f.find<QPushButton>("runStart")->isEnabled());
        request.inputs.clear();
        f.request(request);
        emit f.view().runRequested();
        f.settle();
        QVERIFY(f.find<NoticeBar>("runError")->text().contains(u"samples"_s));
    }

    void arraysCannotBeRun()
    {
        Fixture f(false);
        f.window.showTab(&f.view());
        QVERIFY(!f.find<QPushButton>("runStart")->isEnabled());
        QVERIFY(f.find<QLabel>("runMessage")->text().contains(u"arrays"_s));
        f.window.showTab(f.window.activationsView());
        QVERIFY(f.find<QLabel>("activationsMessage")->text().contains(u"arrays"_s));
        QVERIFY(!f.find<QPushButton>("toRunButton")->isVisible());
    }

    void formGivesBackWhatItShows()
    {
        RunForm form;
        RunRequest request;
        request.inputs = u"a.npz"_s;
        request.calibration = u"b.npz"_s;
        request.mode = QuantizationMode::Dynamic;
        request.engine = Engine::Integer;
        request.act = *parseScheme("bits=8,act=6,act.grid=symmetric-full,act.range=percentile:97").act;
        QSignalSpy edited(&form, &RunForm::edited);
        form.setRequest(request);
        QVERIFY(form.request() == request);
        QCOMPARE(edited.count(), 0);
    }

    void activationsFollowTheLayer()
    {
        Fixture f;
        f.window.showTab(f.window.activationsView());
        f.settle();
        auto* facts = f.find<ElidedLabel>("activationFacts");
        QVERIFY(facts->isVisible());
        f.controller.session().setCurrentLayer(LayerId{9});
        f.settle();
        QVERIFY(facts->text().contains(u"200 samples"_s));
        QVERIFY(f.find<QWidget>("featureMapCanvas")->isVisible());
        f.controller.session().setCurrentLayer(LayerId{0});
        f.settle();
        QVERIFY(!f.find<QWidget>("featureMapCanvas")->isVisible());
        // A rule that is clicked is used in the next run.
        emit f.window.activationsView()->plot()->ruleChosen({RangeRule::Kind::Mse, 0, 0});
        QCOMPARE(f.view().form()->request().act.range.kind, RangeRule::Kind::Mse);
        f.settle();
        QVERIFY(facts->isVisible());
    }

    void withoutSamplesActivationsSayWhereToGiveThem()
    {
        Fixture f;
        RunRequest request = f.view().form()->request();
        request.calibration.clear();
        f.request(request);
        f.window.showTab(f.window.activationsView());
        QVERIFY(f.find<QLabel>("activationsMessage")->isVisible());
        QTest::mouseClick(f.find<QPushButton>("toRunButton"), Qt::LeftButton);
        QVERIFY(f.view().isVisible());
    }

    void modelsStayConsistent()
    {
        RunCache cache;
        const auto network = openNetwork(sampleNetworkPath().string(), {}, {});
        RunRequest request;
        request.inputs = request.calibration = u"sample"_s;
        const auto run = std::make_shared<const NetworkRun>(
            runNetwork(cache, network, {parseScheme("bits=3"), {}}, request, {}, {}));
        RunFiguresModel figures;
        RunLayersModel layers;
        FlippedModel flipped;
        const auto mode = QAbstractItemModelTester::FailureReportingMode::QtTest;
        QAbstractItemModelTester first(&figures, mode);
        QAbstractItemModelTester second(&layers, mode);
        QAbstractItemModelTester third(&flipped, mode);
        for (const auto& given : {run, std::shared_ptr<const NetworkRun>(), run}) {
            figures.setRun(given);
            layers.setRun(given);
            flipped.setRun(given);
            QCOMPARE(layers.rowCount(), given ? 10 : 0);
        }
        const Answers& answers = *run->evaluation.judgement.answers;
        QCOMPARE(flipped.rowCount(), static_cast<int>(answers.flipped.size()));
        QVERIFY(answers.flipped.size() > 1);
        const FlippedAnswer& top = answers.flipped.front();
        QVERIFY(
            flipped.index(0, FlippedModel::Before).data().toString().startsWith(QString::number(top.before)));
        QVERIFY(!flipped.index(0, FlippedModel::Sample).data(Qt::DecorationRole).value<QImage>().isNull());
        const double local = run->evaluation.layers[2].local->sqnrDb();
        QCOMPARE(layers.index(2, RunLayersModel::Local).data(RunLayersModel::SortRole).toDouble(), local);
    }
};

QTEST_MAIN(TestRunWindow)
#include "tst_runwindow.moc"
