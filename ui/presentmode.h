// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <array>

class QAction;
class QBoxLayout;
class QMenu;

namespace quantoscope {

class MainWindow;
class PresentBar;

/// The window in front of a room: no docks, thick lines, the numbers in one row under the view. Leaving it gives back the
/// window as it was. Fonts and colours are the program's: whoever hears toggled() and looksChanged() sets them.
class PresentMode : public QObject
{
    Q_OBJECT

public:
    static constexpr std::array percents = {150, 175, 200, 250};

    explicit PresentMode(MainWindow& window);

    void fillMenu(QMenu& menu);
    bool isOn() const { return m_on; }
    void setOn(bool on);
    int percent() const { return m_percent; }
    /// One of `percents`; others are the nearest of them.
    void setPercent(int percent);
    /// Answers are "?" until they are asked for, again in every scene.
    bool hidesAnswers() const;
    void setHidesAnswers(bool hides);
    bool areAnswersShown() const { return m_shown; }
    void showAnswers(bool shown);
    void setCaption(const QString& what, const QString& place);
    /// Names of the scenes that can be stepped through, and which of them is shown.
    void setScenes(const QStringList& names, int shown);

signals:
    void toggled(bool on);
    void looksChanged();
    void sceneStepped(int step);
    void sceneChosen(int scene);
    void sceneAdded();
    void scenesEdited();

private:
    void enter();
    void leave();
    void buildFonts(QMenu& menu);
    void fillScenes();
    void updateAnswers();

    MainWindow& m_window;
    PresentBar* m_bar = nullptr;
    QBoxLayout* m_cardsHome = nullptr;
    int m_cardsAt = 0;
    QByteArray m_state;
    QByteArray m_geometry;
    Qt::WindowStates m_windowState;
    QStringList m_scenes;
    int m_scene = -1;
    QMenu* m_scenesMenu = nullptr;
    QList<QAction*> m_sceneActions;
    QAction* m_toggle = nullptr;
    QAction* m_hide = nullptr;
    QAction* m_reveal = nullptr;
    QAction* m_leave = nullptr;
    QAction* m_next = nullptr;
    QAction* m_previous = nullptr;
    QList<QAction*> m_fonts;
    int m_percent = 175;
    bool m_on = false;
    bool m_shown = false;
};

} // namespace quantoscope
