// SPDX-License-Identifier: GPL-3.0-or-later
// The Numbers tab in the real window.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/charts/chart.h"
#include "ui/mainwindow.h"
#include "ui/models/bitpatternsmodel.h"
#include "ui/plots/chartview.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/numbersview.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTabBar>
#include <QTableView>
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
    void pointsAreDragged();
    void bitsOfTheChosenNumber_data();
    void bitsOfTheChosenNumber();

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

void TestNumbersWindow::pointsAreDragged()
{
    QTRY_VERIFY(m_view->chart()->pixelOf(0, 1, 1).x() > m_view->chart()->pixelOf(0, 0, 1).x());
    auto* canvas = m_view->chart()->focusProxy();
    const QPoint from = m_view->chart()->pixelOf(0, double{m_view->numbers()[3]}, 1).toPoint();
    const QPoint to = m_view->chart()->pixelOf(0, -0.5, 1).toPoint();
    const double still = m_view->chart()->pixelOf(0, 1, 1).x();
    QTest::mouseMove(canvas, from);
    QCOMPARE(canvas->cursor().shape(), Qt::OpenHandCursor);
    QTest::mousePress(canvas, Qt::LeftButton, {}, from);
    for (int i = 1; i <= 10; ++i)
        QTest::mouseMove(canvas, from + (to - from) * i / 10);
    QCOMPARE(m_view->chart()->pixelOf(0, 1, 1).x(), still);
    QVERIFY2(std::abs(m_view->numbers()[3] + 0.5f) < 0.02f,
             qPrintable(QString::number(m_view->numbers()[3])));
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, to);
    QCOMPARE(cell(3, NumbersModel::Clamp), u"−1"_s);
    // Beside a point the same gesture pans.
    const std::vector<float> before = m_view->numbers();
    QTest::mousePress(canvas, Qt::LeftButton, {}, m_view->chart()->pixelOf(0, 1.8, 0.5).toPoint());
    QTest::mouseMove(canvas, from);
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, from);
    QCOMPARE(m_view->numbers(), before);
}

void TestNumbersWindow::bitsOfTheChosenNumber_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<QString>("bits");
    QTest::addColumn<QString>("value");
    // 2.4 clips to 2.0 at 3 bits: code 3 of −3 … 3; written by hand.
    QTest::newRow("float32") << 0 << u"0 10000000 00110011001100110011010"_s << u"2.400000"_s;
    QTest::newRow("float16") << 1 << u"0 10000 0011001101"_s << u"2.400391"_s;
    QTest::newRow("bfloat16") << 2 << u"0 10000000 0011010"_s << u"2.406250"_s;
    QTest::newRow("FP8 E4M3") << 3 << u"0 1000 010"_s << u"2.500000"_s;
    QTest::newRow("FP8 E5M2") << 4 << u"0 10000 01"_s << u"2.500000"_s;
    QTest::newRow("FP4 E2M1") << 5 << u"0 10 0"_s << u"2.000000"_s;
    QTest::newRow("two's complement") << 6 << u"011"_s << u"3"_s;
    QTest::newRow("offset binary") << 7 << u"110"_s << u"6"_s;
    // 1.1 / (2/3) = 1.65: code 2; −0.3: 0; 0.8: 1. The second one's bits are 3 to 5 of byte 0.
    QTest::newRow("packed") << 8 << u"00[011]010"_s << u"1A"_s;
}

void TestNumbersWindow::bitsOfTheChosenNumber()
{
    QFETCH(int, row);
    QFETCH(QString, bits);
    QFETCH(QString, value);
    new QAbstractItemModelTester(m_view->bits(), QAbstractItemModelTester::FailureReportingMode::QtTest,
                                 this);
    m_view->findChild<QTableView*>(u"numbersTable"_s)->setCurrentIndex(m_view->model()->index(1, 0));
    QCOMPARE(m_view->bits()->index(row, BitPatternsModel::Bits).data().toString(), bits);
    QCOMPARE(m_view->bits()->index(row, BitPatternsModel::Value).data().toString(), value);
    auto* pictures = m_view->findChild<QTabBar*>(u"numbersPictures"_s);
    pictures->setCurrentIndex(1);
    QVERIFY(m_view->findChild<QTableView*>(u"bitsTable"_s)->isVisible());
}

QTEST_MAIN(TestNumbersWindow)
#include "tst_numberswindow.moc"
