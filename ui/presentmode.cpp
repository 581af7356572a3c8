// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/presentmode.h"

#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"
#include "ui/views/answers.h"
#include "ui/views/metriccards.h"
#include "ui/views/presentbar.h"

#include <QAction>
#include <QActionGroup>
#include <QBoxLayout>
#include <QDockWidget>
#include <QMenu>
#include <QToolBar>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
/// Lines of charts are 1 to 2 pixels wide in the window.
constexpr double presentLines = 2;
constexpr int cardsInDock = 2;
} // namespace

PresentMode::PresentMode(MainWindow& window) : QObject(&window), m_window(window) {}

void PresentMode::fillMenu(QMenu& menu)
{
    m_toggle = menu.addAction(tr("&Present"), QKeySequence(Qt::Key_F5), this, &PresentMode::setOn);
    m_toggle->setObjectName(u"presentAction"_s);
    m_toggle->setCheckable(true);
    m_leave =
        menu.addAction(tr("&Leave Presenting"), QKeySequence(Qt::Key_Escape), this, [this] { setOn(false); });
    m_hide = menu.addAction(tr("&Hide Answers"), this, &PresentMode::setHidesAnswers);
    m_hide->setObjectName(u"hideAnswersAction"_s);
    m_hide->setCheckable(true);
    m_reveal = menu.addAction(tr("&Reveal Answers"), QKeySequence(Qt::Key_R), this,
                              [this] { showAnswers(!m_shown); });
    m_reveal->setObjectName(u"revealAction"_s);
    buildFonts(*menu.addMenu(tr("&Font Size")));
    menu.addSeparator();
    m_next = menu.addAction(tr("&Next Scene"), QKeySequence(Qt::Key_PageDown), this,
                            [this] { emit sceneStepped(1); });
    m_previous = menu.addAction(tr("Pre&vious Scene"), QKeySequence(Qt::Key_PageUp), this,
                                [this] { emit sceneStepped(-1); });
    menu.addAction(tr("&Add What Is Shown as Scene"), QKeySequence(Qt::CTRL | Qt::Key_D), this,
                   &PresentMode::sceneAdded)
        ->setObjectName(u"addSceneAction"_s);
    menu.addAction(tr("&Edit Scenes…"), this, &PresentMode::scenesEdited);
    menu.addSeparator();
    m_scenesMenu = &menu;
    setScenes({}, -1);
    updateAnswers();
}

void PresentMode::buildFonts(QMenu& menu)
{
    auto* group = new QActionGroup(&menu);
    for (const int percent : percents) {
        QAction* action =
            menu.addAction(tr("%1 %").arg(percent), this, [this, percent] { setPercent(percent); });
        action->setCheckable(true);
        action->setData(percent);
        action->setChecked(percent == m_percent);
        group->addAction(action);
        m_fonts << action;
    }
}

void PresentMode::setOn(bool on)
{
    m_toggle->setChecked(on);
    if (on == m_on)
        return;
    if (on) {
        m_on = true;
        enter();
        emit toggled(true);
    } else {
        // What was shown before comes back first: the window's state goes with its fonts.
        m_on = false;
        emit toggled(false);
        leave();
    }
    updateAnswers();
    setScenes(m_scenes, m_scene);
}

void PresentMode::enter()
{
    m_shown = false;
    m_state = m_window.saveState();
    m_geometry = m_window.saveGeometry();
    m_windowState = m_window.windowState();
    for (QDockWidget* dock : m_window.findChildren<QDockWidget*>())
        dock->hide();
    for (QToolBar* bar : m_window.findChildren<QToolBar*>())
        bar->hide();
    MetricCards* cards = m_window.metricCards();
    m_cardsHome = qobject_cast<QBoxLayout*>(cards->parentWidget()->layout());
    m_cardsAt = m_cardsHome->indexOf(cards);
    m_bar = new PresentBar;
    m_bar->setCards(cards);
    cards->setColumns(MetricCards::allInARow);
    m_window.centralWidget()->layout()->addWidget(m_bar);
    m_bar->show();
    for (ChartView* view : m_window.findChildren<ChartView*>())
        view->setLineScale(presentLines);
    m_window.setWindowState(m_windowState | Qt::WindowFullScreen);
}

void PresentMode::leave()
{
    MetricCards* cards = m_window.metricCards();
    m_cardsHome->insertWidget(m_cardsAt, cards);
    cards->setColumns(cardsInDock);
    delete m_bar;
    m_bar = nullptr;
    for (ChartView* view : m_window.findChildren<ChartView*>())
        view->setLineScale(1);
    m_window.setWindowState(m_windowState);
    m_window.restoreGeometry(m_geometry);
    m_window.restoreState(m_state);
    m_window.resizeDocks({}, {}, Qt::Horizontal);
}

void PresentMode::setPercent(int percent)
{
    const int nearest = *std::min_element(percents.begin(), percents.end(), [percent](int a, int b) {
        return std::abs(a - percent) < std::abs(b - percent);
    });
    for (QAction* action : m_fonts)
        action->setChecked(action->data().toInt() == nearest);
    if (nearest == std::exchange(m_percent, nearest))
        return;
    emit looksChanged();
}

bool PresentMode::hidesAnswers() const { return m_hide->isChecked(); }

void PresentMode::setHidesAnswers(bool hides)
{
    m_hide->setChecked(hides);
    m_shown = false;
    updateAnswers();
}

void PresentMode::showAnswers(bool shown)
{
    m_shown = shown;
    updateAnswers();
}

void PresentMode::updateAnswers()
{
    const bool concealed = m_on && hidesAnswers() && !m_shown;
    concealAnswers(m_window, concealed);
    for (ChartView* view : m_window.findChildren<ChartView*>())
        view->setReadOutConcealed(concealed);
    m_reveal->setEnabled(m_on && hidesAnswers());
    m_reveal->setText(m_shown ? tr("Hide Answers &Again") : tr("&Reveal Answers"));
}

void PresentMode::setCaption(const QString& what, const QString& place)
{
    if (m_bar)
        m_bar->setCaption(what, place);
}

void PresentMode::setScenes(const QStringList& names, int shown)
{
    m_scenes = names;
    m_scene = shown;
    m_leave->setEnabled(m_on);
    // The keys page through tables otherwise.
    m_next->setEnabled(m_on && !names.isEmpty());
    m_previous->setEnabled(m_on && !names.isEmpty());
    fillScenes();
}

void PresentMode::fillScenes()
{
    qDeleteAll(std::exchange(m_sceneActions, {}));
    for (int i = 0; i < m_scenes.size(); ++i) {
        QAction* action = m_scenesMenu->addAction(QString(m_scenes[i]).replace(u'&', u"&&"_s), this,
                                                  [this, i] { emit sceneChosen(i); });
        action->setCheckable(true);
        action->setChecked(i == m_scene);
        m_sceneActions << action;
    }
}

} // namespace quantoscope
