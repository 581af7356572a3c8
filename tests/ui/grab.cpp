// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_grab FOLDER [FILE] [--runs] [--tabs] [--details] [--layer N] [--scheme TEXT[@SET]]…: pictures of the window in the states that are
// worth looking at; with schemes, of the worst layer or layer N (of its set SET) under each of them, light and dark.
#include "app/maincontroller.h"
#include "app/sample.h"
#include "core/formats/openfile.h"
#include "ui/mainwindow.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/activationsview.h"
#include "ui/views/runform.h"
#include "ui/views/runview.h"
#include "ui/views/valuesview.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QRegularExpression>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

void settle(MainController& controller)
{
    QTest::qWait(60);
    for (int i = 0; i < 3000 && (controller.isBusy() || controller.runs().isBusy()); ++i)
        QTest::qWait(20);
    QTest::qWait(120);
}

struct Arguments
{
    QString folder;
    QString file;
    QStringList schemes;
    std::optional<LayerId> layer;
    bool runs = false;
    bool tabs = false;
    bool details = false;
};

Arguments read(const QStringList& given)
{
    Arguments result;
    for (qsizetype i = 1; i < given.size(); ++i) {
        if (given[i] == u"--scheme"_s && i + 1 < given.size())
            result.schemes << given[++i];
        else if (given[i] == u"--runs"_s)
            result.runs = true;
        else if (given[i] == u"--tabs"_s)
            result.tabs = true;
        else if (given[i] == u"--details"_s)
            result.details = true;
        else if (given[i] == u"--layer"_s && i + 1 < given.size())
            result.layer = LayerId{given[++i].toUInt()};
        else
            (result.folder.isEmpty() ? result.folder : result.file) = given[i];
    }
    return result;
}

/// A file name of a scheme's text: "nf4", "bits=4,granularity=channel@3" → "bits-4-granularity-channel-3".
QString fileNameOf(QString scheme)
{
    return scheme.replace(QRegularExpression(u"[^A-Za-z0-9_.]+"_s), u"-"_s);
}

void grabSchemes(MainWindow& window, MainController& controller, const Arguments& arguments)
{
    window.setHintVisible(false);
    if (arguments.layer)
        controller.session().setCurrentLayer(arguments.layer);
    settle(controller);
    for (const QString& given : arguments.schemes) {
        controller.session().editScheme(parseScheme(given.section(u'@', 0, 0).toStdString()));
        settle(controller);
        if (given.contains(u'@')) {
            controller.session().setChosenSet(given.section(u'@', 1).toULongLong());
            settle(controller);
        }
        for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
            emit window.themeChosen(mode);
            settle(controller);
            window.grab().save(arguments.folder + u'/' + fileNameOf(given)
                               + (mode == ThemeMode::Light ? u"-light.png"_s : u"-dark.png"_s));
        }
    }
}

/// The Run and Activations tabs before and after a run with integers, in both themes.
void grabRuns(MainWindow& window, MainController& controller, const QString& folder)
{
    const auto grab = [&](const QString& name) {
        for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
            emit window.themeChosen(mode);
            settle(controller);
            window.grab().save(folder + u'/' + name
                               + (mode == ThemeMode::Light ? u"-light.png"_s : u"-dark.png"_s));
        }
    };
    controller.session().editScheme(parseScheme("bits=3"));
    window.showTab(window.runView());
    grab(u"20-run-before"_s);
    RunRequest request = window.runView()->form()->request();
    request.engine = Engine::Integer;
    request.act.bits = 5;
    window.runView()->form()->setRequest(request);
    emit window.runView()->runRequested();
    grab(u"21-run"_s);
    window.findChild<QTabWidget*>(u"runTables"_s)->setCurrentIndex(1);
    grab(u"22-run-flipped"_s);
    controller.session().editScheme(parseScheme("bits=4"));
    grab(u"23-run-stale"_s);
    window.showTab(window.activationsView());
    for (const std::uint32_t layer :
         {1u, static_cast<std::uint32_t>(controller.session().network()->layers.size() - 1)}) {
        controller.session().setCurrentLayer(LayerId{layer});
        grab(u"24-activations-%1"_s.arg(layer));
    }
    request.calibration.clear();
    window.runView()->form()->setRequest(request);
    emit window.runView()->form()->edited();
    grab(u"25-activations-none"_s);
}

/// Every chart beside the staircase, with a B, and all values on one axis.
void grabDetails(MainWindow& window, MainController& controller, const Arguments& arguments)
{
    window.setHintVisible(false);
    if (arguments.layer)
        controller.session().setCurrentLayer(arguments.layer);
    controller.session().editScheme(parseScheme("bits=3,granularity=channel"));
    controller.session().setInValues(true);
    settle(controller);
    window.valuesView()->setInValues(true);
    window.grab().save(arguments.folder + u"/values-band.png"_s);
    controller.session().setInValues(false);
    window.valuesView()->setInValues(false);
    controller.session().editScheme(parseScheme("bits=3,range=ratio:0.7"));
    controller.session().pinAsB();
    controller.session().editScheme(parseScheme("bits=4"));
    auto* kinds = window.findChild<QComboBox*>(u"detailKind"_s);
    window.findChild<QAbstractButton*>(u"allWidthsCheck"_s)->setChecked(true);
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        emit window.themeChosen(mode);
        for (int i = 0; i < kinds->count(); ++i) {
            kinds->setCurrentIndex(i);
            settle(controller);
            window.grab().save(u"%1/values-detail-%2-%3.png"_s.arg(
                arguments.folder, QString::number(i), mode == ThemeMode::Light ? u"light"_s : u"dark"_s));
        }
    }
}

/// Every tab of the centre, in both themes and two sizes.
void grabTabs(MainWindow& window, MainController& controller, const Arguments& arguments)
{
    window.setHintVisible(false);
    if (arguments.layer)
        controller.session().setCurrentLayer(arguments.layer);
    auto* tabs = window.findChild<QTabWidget*>(u"centreTabs"_s);
    for (const QSize size : {QSize(1280, 800), QSize(1920, 1080)}) {
        window.resize(size);
        for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
            emit window.themeChosen(mode);
            for (int i = 0; i < tabs->count(); ++i) {
                tabs->setCurrentIndex(i);
                settle(controller);
                window.grab().save(u"%1/%2-%3-%4-%5.png"_s.arg(
                    arguments.folder, QString::number(i + 1),
                    QString(tabs->tabText(i)).remove(u'&').toLower(), QString::number(size.width()),
                    mode == ThemeMode::Light ? u"light"_s : u"dark"_s));
            }
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: quantoscope_grab FOLDER [FILE] [--runs] [--tabs] [--details] [--layer N] "
                   "[--scheme TEXT[@SET]]...\n",
                   stderr);
        return 2;
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const Arguments arguments = read(QCoreApplication::arguments());
    const QString& folder = arguments.folder;
    QTemporaryDir scratch;
    SettingsStore settings(scratch.filePath(u"settings.ini"_s));
    MainWindow window;
    MainController controller(window, settings, openNetwork);
    window.resize(1280, 800);
    window.show();
    if (arguments.file.isEmpty())
        controller.openSample();
    else
        controller.open(arguments.file);
    settle(controller);
    if (arguments.details) {
        grabDetails(window, controller, arguments);
        return 0;
    }
    if (arguments.tabs) {
        grabTabs(window, controller, arguments);
        return 0;
    }
    if (!arguments.schemes.isEmpty()) {
        grabSchemes(window, controller, arguments);
        return 0;
    }

    if (arguments.runs) {
        window.setHintVisible(false);
        grabRuns(window, controller, folder);
        return 0;
    }
    const auto grab = [&](const QString& name) {
        settle(controller);
        window.grab().save(folder + u'/' + name + u".png"_s);
    };
    const auto scheme = [&](const char* text) {
        controller.session().editScheme(parseScheme(text));
        settle(controller);
    };
    emit window.themeChosen(ThemeMode::Light);
    grab(u"01-first-light"_s);
    emit window.themeChosen(ThemeMode::Dark);
    grab(u"02-first-dark"_s);
    emit window.themeChosen(ThemeMode::Light);
    window.setHintVisible(false);
    scheme("bits=4,range=percentile:99");
    grab(u"03-percentile-light"_s);
    scheme("bits=4,granularity=channel,range=ratio:0.7");
    grab(u"04-channels-normalized-light"_s);
    emit window.themeChosen(ThemeMode::Dark);
    grab(u"05-channels-normalized-dark"_s);
    window.findChild<QSpinBox*>(u"setSpin"_s)->setValue(3);
    grab(u"06-one-channel-dark"_s);
    window.resize(1100, 700);
    window.resetLayout();
    scheme("bits=8,grid=zero-point,range=manual:-0.25:0.4");
    grab(u"07-small-dark"_s);
    emit window.themeChosen(ThemeMode::Light);
    scheme("format=binary");
    grab(u"08-binary-small-light"_s);
    window.resize(1280, 800);
    window.resetLayout();
    scheme("bits=2,grid=mid-rise,range=percentile:98,rounding=stochastic:7");
    grab(u"09-mid-rise-stochastic-light"_s);
    window.showError(u"Could not be opened: model.onnx ends in the middle of tensor conv1.weight."_s);
    scheme("bits=3,granularity=group:16");
    grab(u"10-groups-error-light"_s);
    window.clearError();
    window.valuesView()->histogram()->setLogCounts(false);
    scheme("bits=12");
    grab(u"11-linear-12-bits-light"_s);
    scheme("bits=4");
    controller.session().pinAsB();
    controller.session().setScope(Scope::Layer);
    scheme("bits=6,range=percentile:99.9");
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        emit window.themeChosen(mode);
        grab(mode == ThemeMode::Light ? u"13-compared-light"_s : u"13-compared-dark"_s);
    }
    controller.session().setScope(Scope::All);
    emit window.themeChosen(ThemeMode::Light);
    for (const char* list : {"formatCombo", "presetCombo"}) {
        auto* combo = window.findChild<QComboBox*>(QString::fromLatin1(list));
        combo->showPopup();
        settle(controller);
        combo->view()->window()->grab().save(folder + u"/12-"_s + QString::fromLatin1(list) + u".png"_s);
        combo->hidePopup();
    }
    return 0;
}
