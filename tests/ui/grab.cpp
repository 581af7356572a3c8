// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_grab FOLDER [FILE]: pictures of the window in the states that are worth looking at.
#include "app/maincontroller.h"
#include "app/sample.h"
#include "core/formats/openfile.h"
#include "ui/mainwindow.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/valuesview.h"

#include <QApplication>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

void settle(MainController& controller)
{
    QTest::qWait(60);
    for (int i = 0; i < 600 && controller.isBusy(); ++i)
        QTest::qWait(20);
    QTest::qWait(120);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: quantoscope_grab FOLDER [FILE]\n", stderr);
        return 2;
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const QString folder = QString::fromLocal8Bit(argv[1]);
    QTemporaryDir scratch;
    SettingsStore settings(scratch.filePath(u"settings.ini"_s));
    MainWindow window;
    MainController controller(window, settings, openNetwork);
    window.resize(1280, 800);
    window.show();
    if (argc > 2)
        controller.open(QString::fromLocal8Bit(argv[2]));
    else
        controller.openSample();
    settle(controller);

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
    return 0;
}
