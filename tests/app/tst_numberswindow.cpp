// SPDX-License-Identifier: GPL-3.0-or-later
// The Numbers tab in the real window.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/charts/chart.h"
#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/numbersview.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestNumbersWindow : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void stepsAreRevealedOneByOne();
    void typedNumbersFollow();
    void badNumbersKeepTheOldOnes_data();
    void badNumbersKeepTheOldOnes();
    void cellsAreEdited();
    void copiesHoldWhatIsRevealed();
    void productFollowsTheScheme();

private:
    QString cell(int row, int column) const { return m_view->model()->index(row, column).data().toString(); }
    void type(const char* field, const QString& text);

    std::unique_ptr<QTemporaryDir> m_scratch;
    std::unique_ptr<SettingsStore> m_settings;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<MainController> m_controller;
    NumbersView* m_view = nullptr;
};

void TestNumbersWindow::init()
{
    m_scratch = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<SettingsStore>(m_scratch->filePath(u"settings.ini"_s));
    m_window = std::make_unique<MainWindow>();
    m_controller = std::make_unique<MainController>(*m_window, *m_settings, openNetwork);
    m_view = m_window->findChild<NumbersView*>();
    QVERIFY(m_view);
    new QAbstractItemModelTester(m_view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest,
                                 m_view);
    m_window->show();
    m_window->showTab(m_view);
    m_controller->session().editScheme(parseScheme("bits=3,range=manual:-2:2"));
}

void TestNumbersWindow::cleanup()
{
    m_controller.reset();
    m_window.reset();
}

void TestNumbersWindow::type(const char* field, const QString& text)
{
    auto* edit = m_view->findChild<QLineEdit*>(QString::fromLatin1(field));
    QVERIFY(edit);
    edit->setText(text);
    QTest::keyClick(edit, Qt::Key_Return);
}

void TestNumbersWindow::stepsAreRevealedOneByOne()
{
    QCOMPARE(cell(1, NumbersModel::Clamp), u"3"_s);
    QTest::mouseClick(m_view->findChild<QPushButton*>(u"startOver"_s), Qt::LeftButton);
    QCOMPARE(cell(1, NumbersModel::X), u"2.400"_s);
    QCOMPARE(cell(1, NumbersModel::Clip), u"·"_s);
    auto* next = m_view->findChild<QPushButton*>(u"nextStep"_s);
    auto* formula = m_view->findChild<ElidedLabel*>(u"stepFormula"_s);
    QTest::mouseClick(next, Qt::LeftButton);
    QCOMPARE(cell(1, NumbersModel::Clip), u"2.000"_s);
    QVERIFY2(formula->text().contains(u"clip"_s), qPrintable(formula->text()));
    for (int i = 0; i < 20; ++i)
        QTest::mouseClick(next, Qt::LeftButton);
    QVERIFY(!next->isEnabled());
    QCOMPARE(cell(1, NumbersModel::Pattern), u"011"_s);
    QTest::mouseClick(m_view->findChild<QPushButton*>(u"backStep"_s), Qt::LeftButton);
    QCOMPARE(cell(1, NumbersModel::Pattern), u"·"_s);
}

void TestNumbersWindow::typedNumbersFollow()
{
    type("numbersField", u"1.1; −2.4 0.3"_s);
    QCOMPARE(m_view->model()->rowCount(), 3);
    QCOMPARE(cell(1, NumbersModel::Clamp), u"−3"_s);
    QCOMPARE(m_view->chart()->chart()->rows.size(), 3u);
    QCOMPARE(m_view->chart()->chart()->rows[1]["code"].get<int>(), -3);
}

void TestNumbersWindow::badNumbersKeepTheOldOnes_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("a word") << u"1 two 3"_s;
    QTest::newRow("too many") << QString(u"1 "_s).repeated(65);
}

void TestNumbersWindow::badNumbersKeepTheOldOnes()
{
    QFETCH(QString, text);
    type("numbersField", text);
    QCOMPARE(m_view->model()->rowCount(), 4);
    auto* problem = m_view->findChild<ElidedLabel*>(u"numbersProblem"_s);
    QVERIFY(problem->isVisible());
    QVERIFY(!problem->text().isEmpty());
    type("numbersField", u"1 2"_s);
    QVERIFY(!problem->isVisible());
}

void TestNumbersWindow::cellsAreEdited()
{
    QVERIFY(m_view->model()->setData(m_view->model()->index(0, NumbersModel::X), u"−1.4"_s, Qt::EditRole));
    QCOMPARE(cell(0, NumbersModel::Clamp), u"−2"_s);
    QVERIFY(!m_view->model()->setData(m_view->model()->index(0, NumbersModel::X), u"word"_s, Qt::EditRole));
    QVERIFY(!m_view->model()->setData(m_view->model()->index(0, NumbersModel::Clip), u"1"_s, Qt::EditRole));
}

void TestNumbersWindow::copiesHoldWhatIsRevealed()
{
    const QStringList csv = m_view->model()->toCsv().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(csv.size(), 5);
    QCOMPARE(csv[0], u"x,clipped,scaled,rounded,code,value,error,bits"_s);
    QVERIFY2(csv[2].startsWith(u"2.4000001,2,"_s), qPrintable(csv[2]));
    QTest::mouseClick(m_view->findChild<QPushButton*>(u"startOver"_s), Qt::LeftButton);
    QCOMPARE(m_view->model()->toCsv().split(u'\n').first(), u"x"_s);
    QVERIFY(m_view->model()->toMarkdown().startsWith(u"| x |\n|---:|\n| 1.100 |"_s));
    QVERIFY(m_view->model()->toLatex().contains(u"\\begin{tabular}{r}"_s));
}

void TestNumbersWindow::productFollowsTheScheme()
{
    auto* terms = m_view->findChild<QLabel*>(u"dotTerms"_s);
    m_controller->session().editScheme(parseScheme("bits=8"));
    QVERIFY2(terms->text().contains(u"int32"_s), qPrintable(terms->text()));
    type("weightsField", u"1 2"_s);
    QVERIFY2(terms->text().contains(u"same number"_s), qPrintable(terms->text()));
    type("weightsField", u"1 1 1 1"_s);
    QVERIFY(terms->text().contains(u"int32"_s));
    m_controller->session().editScheme(parseScheme("nf4"));
    QVERIFY(!terms->text().contains(u"int32"_s));
}

QTEST_MAIN(TestNumbersWindow)
#include "tst_numberswindow.moc"
