// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/chartcommand.h"
#include "app/chartcommand/reproduce.h"
#include "app/cli/commandline.h"
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/mainwindow.h"

#include <QApplication>

#include <cstring>
#include <iostream>

using namespace Qt::StringLiterals;

namespace {

/// Qt ends the program with an abort where there is none.
bool hasDisplay(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "-platform") == 0)
            return true;
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")
           || !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

int runWindow(int argc, char** argv)
{
    if (!hasDisplay(argc, argv)) {
        std::cerr << "quantoscope: There is no display for the window; see 'quantoscope --help' for the "
                     "sub-commands, which need none.\n";
        return 1;
    }
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
    const std::vector<quantoscope::ExtraCommand> more = {quantoscope::chartCommand(),
                                                         quantoscope::reproduceCommand()};
    if (argc > 1 && quantoscope::isSubCommand(argv[1], more))
        return quantoscope::runCommandLine(argc, argv, more);
    return runWindow(argc, argv);
}
