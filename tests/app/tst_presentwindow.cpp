// SPDX-License-Identifier: GPL-3.0-or-later
// Present mode in the real window: what it hides and enlarges, hidden answers, scenes, and that leaving gives everything back.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/mainwindow.h"
#include "ui/presentmode.h"
#include "ui/views/answers.h"
#include "ui/views/layersdock.h"
#include "ui/views/metriccards.h"

#include <QAction>
#include <QApplication>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestPresentWindow : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void leavingGivesTheWindowBack();
    void fontsFollowThePercent();
    void answersAreCoveredUntilAskedFor();
    void scenesAreSteppedThrough();
    void fitsASmallBeamer();

private:
    void settle();
    void key(Qt::Key key) { QTest::keyClick(m_window.get(), key); }
    PresentMode& mode() { return *m_window->presentMode(); }
    Session& session() { return m_controller->session(); }
    int covers() const
    {
        int shown = 0;
        for (const AnswerCover* cover : m_window->findChildren<AnswerCover*>())
            shown += cover->isVisible();
        return shown;
    }

    std::unique_ptr<QTemporaryDir> m_scratch;
    std::unique_ptr<SettingsStore> m_settings;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<MainController> m_controller;
};

void TestPresentWindow::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*propagateSizeHints).*$"_s));
    m_scratch = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<SettingsStore>(m_scratch->filePath(u"settings.ini"_s));
    m_window = std::make_unique<MainWindow>();
    m_controller = std::make_unique<MainController>(*m_window, *m_settings, openNetwork);
    m_window->resize(1280, 800);
    m_window->show();
    m_controller->openSample();
    settle();
}

void TestPresentWindow::cleanup()
{
    if (mode().isOn())
        mode().setOn(false);
    m_controller.reset();
    m_window.reset();
}

void TestPresentWindow::settle()
{
    QTest::qWait(1);
    QTRY_VERIFY_WITH_TIMEOUT(!m_controller->isBusy(), 60000);
    QTest::qWait(1);
}

void TestPresentWindow::leavingGivesTheWindowBack()
{
    const Setup before = session().setup();
    const auto layer = session().currentLayer();
    const double size = QApplication::font().pointSizeF();
    key(Qt::Key_F5);
    settle();
    QVERIFY(mode().isOn());
    QVERIFY(!m_window->layersDock()->isVisible());
    QVERIFY(m_window->metricCards()->isVisible());
    session().editBits(6);
    session().setCurrentLayer(LayerId{0});
    settle();
    key(Qt::Key_Escape);
    settle();
    QVERIFY(!mode().isOn());
    QVERIFY(m_window->layersDock()->isVisible());
    QCOMPARE(QApplication::font().pointSizeF(), size);
    QVERIFY(session().setup() == before);
    QVERIFY(session().currentLayer() == layer);
}

void TestPresentWindow::fontsFollowThePercent()
{
    const double size = QApplication::font().pointSizeF();
    mode().setOn(true);
    for (const int percent : PresentMode::percents) {
        mode().setPercent(percent);
        settle();
        QVERIFY2(std::abs(m_window->font().pointSizeF() / size - percent / 100.0) < 0.03,
                 qPrintable(QString::number(percent)));
    }
    mode().setPercent(163); // between two: the nearer
    QCOMPARE(mode().percent(), 175);
}

void TestPresentWindow::answersAreCoveredUntilAskedFor()
{
    mode().setOn(true);
    settle();
    QCOMPARE(covers(), 0);
    mode().setHidesAnswers(true);
    settle();
    const int hidden = covers();
    QVERIFY(hidden >= 4);
    key(Qt::Key_R);
    settle();
    QVERIFY(mode().areAnswersShown());
    QCOMPARE(covers(), 0);
    mode().showAnswers(false);
    settle();
    QCOMPARE(covers(), hidden);
    // Outside a lecture nothing is hidden.
    mode().setOn(false);
    settle();
    QCOMPARE(covers(), 0);
}

void TestPresentWindow::scenesAreSteppedThrough()
{
    session().editBits(8);
    settle();
    emit mode().sceneAdded();
    session().editBits(3);
    session().setCurrentLayer(LayerId{2});
    settle();
    emit mode().sceneAdded();
    mode().setOn(true);
    mode().setHidesAnswers(true);
    settle();
    emit mode().sceneChosen(0);
    settle();
    QCOMPARE(session().scheme().bits, 8);
    mode().showAnswers(true);
    key(Qt::Key_PageDown);
    settle();
    QCOMPARE(session().scheme().bits, 3);
    QCOMPARE(session().currentLayer()->index, 2u);
    // Every scene hides its answers anew.
    QVERIFY(!mode().areAnswersShown());
    key(Qt::Key_PageDown); // beyond the last: stays
    settle();
    QCOMPARE(session().scheme().bits, 3);
    key(Qt::Key_PageUp);
    settle();
    QCOMPARE(session().scheme().bits, 8);
}

void TestPresentWindow::fitsASmallBeamer()
{
    mode().setOn(true);
    for (const int percent : {150, 175}) {
        mode().setPercent(percent);
        settle();
        const QSize least = m_window->minimumSizeHint();
        QVERIFY2(least.width() <= 1024 && least.height() <= 768,
                 qPrintable(u"%1 %: %2 × %3"_s.arg(percent).arg(least.width()).arg(least.height())));
    }
}

QTEST_MAIN(TestPresentWindow)
#include "tst_presentwindow.moc"
