// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commandline.h"
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/mainwindow.h"

#include <QApplication>

using namespace Qt::StringLiterals;

namespace {

int runWindow(int argc, char** argv)
{
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"quantoscope"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(QUANTOSCOPE_VERSION));
    QGuiApplication::setApplicationDisplayName(QCoreApplication::translate("main", "Quantoscope"));
    QGuiApplication::setDesktopFileName(u"quantoscope"_s);

    quantoscope::SettingsStore settings;
    quantoscope::MainWindow window;
    quantoscope::MainController controller(window, settings, quantoscope::openNetwork);
    window.show();
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() > 1 && arguments.at(1) != u"sample"_s)
        controller.open(arguments.at(1));
    else
        controller.openSample();
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1 && quantoscope::isSubCommand(argv[1]))
        return quantoscope::runCommandLine(argc, argv);
    return runWindow(argc, argv);
}
