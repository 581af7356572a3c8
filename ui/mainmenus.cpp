// SPDX-License-Identifier: GPL-3.0-or-later
// The menus of the main window: every action of the program with its key.
#include "ui/mainwindow.h"

#include "core/report/provenance.h"
#include "ui/format.h"
#include "ui/plots/histogramplot.h"
#include "ui/presentmode.h"
#include "ui/views/layersdock.h"
#include "ui/views/valuesview.h"

#include <QAction>
#include <QActionGroup>
#include <QClipboard>
#include <QCoreApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QGuiApplication>
#include <QInputDialog>
#include <QMenuBar>
#include <QMessageBox>
#include <QTabWidget>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

/// As in CITATION.cff.
QString citation()
{
    return u"@software{quantoscope,\n"
           "  title = {Quantoscope: what quantization does to a neural network},\n"
           "  author = {{The Quantoscope authors}},\n"
           "  version = {%1},\n"
           "  year = {2026},\n"
           "  license = {GPL-3.0-or-later}\n"
           "}\n"_s.arg(format::text(programVersion()));
}

} // namespace

void MainWindow::buildFileMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    menu->addAction(tr("&Open…"), QKeySequence(Qt::CTRL | Qt::Key_O), this, &MainWindow::chooseFile);
    menu->addAction(tr("Open &Sample"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), this,
                    &MainWindow::openSampleRequested);
    m_recentMenu = menu->addMenu(tr("Open &Recent"));
    m_recentMenu->setObjectName(u"recentMenu"_s);
    connect(m_recentMenu, &QMenu::aboutToShow, this, &MainWindow::fillRecentMenu);
    menu->addSeparator();
    menu->addAction(tr("Sa&ve Session"), QKeySequence(Qt::CTRL | Qt::Key_S), this,
                    &MainWindow::saveRequested);
    menu->addAction(tr("Save Session &As…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), this,
                    &MainWindow::chooseSessionToSave);
    menu->addSeparator();
    menu->addAction(tr("&Export Chart…"), QKeySequence(Qt::CTRL | Qt::Key_E), this,
                    &MainWindow::exportChartRequested);
    menu->addSeparator();
    menu->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);
}

void MainWindow::setRecentFiles(const QStringList& paths)
{
    m_recent = paths;
    m_recentMenu->setEnabled(!paths.isEmpty());
}

void MainWindow::fillRecentMenu()
{
    m_recentMenu->clear();
    for (const QString& path : m_recent) {
        const QFileInfo file(path);
        const QString name = file.fileName().replace(u'&', u"&&"_s);
        if (file.exists()) {
            QAction* action = m_recentMenu->addAction(name, this, [this, path] { emit openRequested(path); });
            action->setToolTip(path);
            continue;
        }
        // Greyed, with the one thing that can be done about it.
        QMenu* missing = m_recentMenu->addMenu(tr("%1 (missing)").arg(name));
        missing->addAction(path)->setEnabled(false);
        missing->addAction(tr("&Remove From the List"), this, [this, path] { emit recentRemoved(path); });
    }
    m_recentMenu->setToolTipsVisible(true);
}

void MainWindow::buildEditMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Edit"));
    m_undo =
        menu->addAction(tr("&Undo"), QKeySequence(Qt::CTRL | Qt::Key_Z), this, &MainWindow::undoRequested);
    m_redo = menu->addAction(tr("&Redo"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), this,
                             &MainWindow::redoRequested);
    setHistory({}, {});
    menu->addSeparator();
    const auto key = [this, menu](const QString& text, QKeySequence shortcut, auto action) {
        addKeyAction(menu->addAction(text, shortcut, this, action));
    };
    key(tr("One Bit &Less"), QKeySequence(Qt::Key_BracketLeft), [this] { emit bitsStepped(-1); });
    key(tr("One Bit &More"), QKeySequence(Qt::Key_BracketRight), [this] { emit bitsStepped(1); });
    menu->addAction(tr("Range Back to Minimum and Maximum"), this, &MainWindow::rangeResetRequested);
    menu->addSeparator();
    menu->addAction(tr("&Copy Scheme as Text"), this, &MainWindow::copySchemeRequested);
    menu->addAction(tr("Copy Setup as Command &Line"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), this,
                    &MainWindow::copyCommandRequested);
    m_cancelAction = menu->addAction(tr("Cancel the Work Going On"), QKeySequence(Qt::Key_Escape), this,
                                     &MainWindow::cancelRequested);
    m_cancelAction->setObjectName(u"cancelAction"_s);
}

void MainWindow::buildViewMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    QAction* layers = m_layers->toggleViewAction();
    layers->setShortcut(QKeySequence(Qt::Key_F9));
    QAction* scheme = m_schemeDock->toggleViewAction();
    scheme->setShortcut(QKeySequence(Qt::Key_F10));
    menu->addAction(layers);
    menu->addAction(scheme);
    m_tabMenu = menu->addMenu(tr("&Go To"));
    updateTabKeys();
    menu->addSeparator();
    QAction* log = menu->addAction(tr("&Logarithmic Counts"), QKeySequence(Qt::Key_L), m_values->histogram(),
                                   &HistogramPlot::setLogCounts);
    log->setCheckable(true);
    log->setChecked(true);
    addKeyAction(log);
    addKeyAction(menu->addAction(tr("&Fit the Axes"), QKeySequence(Qt::Key_F), m_values, &ValuesView::fit));
    menu->addSeparator();
    buildThemeMenu(*menu->addMenu(tr("&Theme")));
    menu->addAction(tr("&Reset Layout"), this, &MainWindow::resetLayout);
    QAction* full = menu->addAction(tr("Full &Screen"), QKeySequence(Qt::Key_F11), this,
                                    [this](bool on) { on ? showFullScreen() : showNormal(); });
    full->setCheckable(true);
}

void MainWindow::updateTabKeys()
{
    if (!m_tabMenu)
        return;
    m_tabMenu->clear();
    for (int i = 0; i < m_tabs->count(); ++i) {
        QAction* action =
            m_tabMenu->addAction(m_tabs->tabText(i), this, [this, i] { m_tabs->setCurrentIndex(i); });
        action->setToolTip(m_tabs->tabToolTip(i));
        if (i < 9)
            action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)));
    }
}

void MainWindow::buildThemeMenu(QMenu& menu)
{
    m_themes = new QActionGroup(this);
    const std::pair<QString, ThemeMode> modes[] = {
        {tr("&System"), ThemeMode::System}, {tr("&Light"), ThemeMode::Light}, {tr("&Dark"), ThemeMode::Dark}};
    for (const auto& [text, mode] : modes) {
        QAction* action = menu.addAction(text);
        action->setCheckable(true);
        action->setData(static_cast<int>(mode));
        m_themes->addAction(action);
    }
    connect(m_themes, &QActionGroup::triggered, this,
            [this](QAction* action) { emit themeChosen(static_cast<ThemeMode>(action->data().toInt())); });
}

void MainWindow::buildLayerMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Layer"));
    menu->addAction(tr("&Next Layer"), QKeySequence(Qt::ALT | Qt::Key_Down), this,
                    [this] { m_layers->selectNeighbour(1); });
    menu->addAction(tr("&Previous Layer"), QKeySequence(Qt::ALT | Qt::Key_Up), this,
                    [this] { m_layers->selectNeighbour(-1); });
    addKeyAction(
        menu->addAction(tr("&Worst Layer"), QKeySequence(Qt::Key_W), m_layers, &LayersDock::selectWorst));
    QMenu* columns = menu->addMenu(tr("&Columns"));
    connect(columns, &QMenu::aboutToShow, this, [this, columns] {
        columns->clear();
        m_layers->fillColumnMenu(*columns);
    });
    menu->addAction(tr("&Filter Layers"), QKeySequence(Qt::CTRL | Qt::Key_F), m_layers,
                    &LayersDock::focusFilter);
}

void MainWindow::buildCompareMenu()
{
    m_compareMenu = menuBar()->addMenu(tr("&Compare"));
    QMenu* menu = m_compareMenu;
    QAction* pin = menu->addAction(tr("&Pin as B"), QKeySequence(Qt::Key_P), this, &MainWindow::pinRequested);
    pin->setToolTip(tr("Sets the present schemes aside to compare with"));
    m_swap = menu->addAction(tr("&Swap A and B"), QKeySequence(Qt::Key_X), this, &MainWindow::swapRequested);
    for (QAction* action : {pin, m_swap})
        addKeyAction(action);
    m_showB = menu->addAction(tr("Show &B (Hold Space)"), this, &MainWindow::setShowingB);
    m_showB->setCheckable(true);
    m_showB->setEnabled(false);
    m_noB = menu->addAction(tr("Compare With &Nothing"), this, [this] { emit bChosen(std::nullopt); });
    menu->addSeparator();
    connect(menu, &QMenu::aboutToShow, this, &MainWindow::fillPinMenu);
    m_swap->setEnabled(false);
    m_noB->setEnabled(false);
}

void MainWindow::buildPresentMenu()
{
    m_present->fillMenu(*menuBar()->addMenu(tr("&Present")));
    // Esc leaves then; Cancel stays a button of the status bar.
    connect(m_present, &PresentMode::toggled, m_cancelAction, &QAction::setDisabled);
}

void MainWindow::fillPinMenu()
{
    for (QAction* action : std::exchange(m_pinActions, {})) {
        if (action->menu())
            delete action->menu(); // and its action
        else
            delete action;
    }
    for (std::size_t i = 0; i < m_setup.pins.size(); ++i) {
        auto* pin = new QMenu(pinName(m_setup.pins[i]).replace(u'&', u"&&"_s), m_compareMenu);
        QAction* b = pin->addAction(tr("Compare With It as &B"), this, [this, i] { emit bChosen(i); });
        b->setCheckable(true);
        b->setChecked(m_setup.b == i);
        pin->addAction(tr("&Go On From It as A"), this, [this, i] { emit pinUsed(i); });
        pin->addAction(tr("&Name…"), this, [this, i] { renamePin(i); });
        pin->addAction(tr("&Remove"), this, [this, i] { emit pinRemoved(i); });
        pin->menuAction()->setCheckable(true);
        pin->menuAction()->setChecked(m_setup.b == i);
        m_pinActions << m_compareMenu->addMenu(pin);
    }
    if (m_setup.pins.empty()) {
        m_pinActions << m_compareMenu->addAction(tr("No pins yet: P pins the present schemes"));
        m_pinActions.back()->setEnabled(false);
    }
}

void MainWindow::renamePin(std::size_t pin)
{
    bool accepted = false;
    const QString name = QInputDialog::getText(this, tr("Name of the pin"), tr("Name:"), QLineEdit::Normal,
                                               pinName(m_setup.pins.at(pin)), &accepted);
    if (accepted)
        emit pinRenamed(pin, name);
}

void MainWindow::buildHelpMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    QAction* keys = menu->addAction(tr("&Keyboard Shortcuts"), this, &MainWindow::showShortcuts);
    keys->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)});
    menu->addAction(tr("Copy &Citation"), this, [] { QGuiApplication::clipboard()->setText(citation()); })
        ->setToolTip(tr("As BibTeX"));
    menu->addAction(tr("&About Quantoscope"), this, &MainWindow::showAbout);
}

void MainWindow::addKeyAction(QAction* action)
{
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    for (QWidget* area : {static_cast<QWidget*>(m_tabs), static_cast<QWidget*>(m_layers),
                          static_cast<QWidget*>(m_schemeDock)})
        area->addAction(action);
}

void MainWindow::showShortcuts()
{
    // Made from the menus, one group for each: what is not in a menu has no key.
    QString rows;
    for (const QAction* top : menuBar()->actions()) {
        QString group;
        QList<QAction*> actions = top->menu() ? top->menu()->actions() : QList<QAction*>();
        while (!actions.isEmpty()) {
            const QAction* action = actions.takeFirst();
            if (action->menu())
                actions = action->menu()->actions() + actions;
            else if (!action->shortcut().isEmpty())
                group += u"<tr><td><b>%1</b>&nbsp;&nbsp;</td><td>%2</td></tr>"_s.arg(
                    action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(),
                    QString(action->text()).remove(u'&').toHtmlEscaped());
        }
        if (top->menu() == m_compareMenu)
            group += u"<tr><td><b>%1</b></td><td>%2</td></tr>"_s.arg(tr("Space, held"), tr("Show B"));
        if (!group.isEmpty())
            rows += u"<tr><th align='left' colspan='2'>%1</th></tr>"_s.arg(
                        QString(top->text()).remove(u'&').toHtmlEscaped())
                    + group;
    }
    QMessageBox box(QMessageBox::NoIcon, tr("Keyboard shortcuts"), u"<table>"_s + rows + u"</table>"_s,
                    QMessageBox::Close, this);
    box.setInformativeText(
        tr("On a clip limit: arrow keys move it, Shift moves it by ten, Home and End go to the "
           "data's ends. Single letters act on plots, layers and scheme."));
    box.exec();
}

void MainWindow::showAbout()
{
    QMessageBox::about(
        this, tr("About Quantoscope"),
        tr("<b>Quantoscope %1</b><p>Shows what quantization does to a neural network: at any bit width, with "
           "numbers that are measured.<p>Nothing leaves this machine.<p>Free software under the GNU "
           "General Public License, version 3 or later. Uses Qt and QCustomPlot.")
            .arg(QCoreApplication::applicationVersion()));
}

} // namespace quantoscope
