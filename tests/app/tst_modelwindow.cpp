// SPDX-License-Identifier: GPL-3.0-or-later
// The Model tab in the real window.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "tests/app/clirunner.h"
#include "ui/charts/chart.h"
#include "ui/focusbus.h"
#include "ui/mainwindow.h"
#include "ui/models/modeltablemodel.h"
#include "ui/plots/chartview.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/modelview.h"
#include "ui/views/runview.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace quantoscope;
using namespace Qt::StringLiterals;

class TestModelWindow : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void hiddenTabIsNotFilled();
    void numbersAreThoseOfAnalyze();
    void filterAndWrongExpression();
    void sortingByClick();
    void rowsAndPointsSelectLayers();
    void hoverIsLinked();
    void columnsAreRemembered();
    void savedRowsAreThoseShown();
    void outputErrorsAppearAfterARun();
    void curveComparesPins();

private:
    void start();
    void settle();
    template <class Widget>
    Widget* part(const char16_t* name) const
    {
        return m_view->findChild<Widget*>(QString::fromUtf16(name));
    }
    QPoint cell(int row, const char* key) const
    {
        return m_table->visualRect(m_view->model()->index(row, ModelTableModel::columnOf(key))).center();
    }

    std::unique_ptr<QTemporaryDir> m_scratch;
    std::unique_ptr<SettingsStore> m_settings;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<MainController> m_controller;
    ModelView* m_view = nullptr;
    QTableView* m_table = nullptr;
};

void TestModelWindow::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!.*propagateSizeHints).*$"_s));
    m_scratch = std::make_unique<QTemporaryDir>();
    start();
}

void TestModelWindow::start()
{
    m_controller.reset();
    m_window.reset();
    m_settings = std::make_unique<SettingsStore>(m_scratch->filePath(u"settings.ini"_s));
    m_window = std::make_unique<MainWindow>();
    m_controller = std::make_unique<MainController>(*m_window, *m_settings, openNetwork);
    m_view = m_window->findChild<ModelView*>();
    QVERIFY(m_view);
    m_table = part<QTableView>(u"modelTable");
    m_window->resize(1280, 800);
    m_window->show();
    m_controller->openSample();
    settle();
}

void TestModelWindow::cleanup()
{
    m_controller.reset();
    m_window.reset();
}

void TestModelWindow::settle()
{
    QTest::qWait(20);
    QTRY_VERIFY_WITH_TIMEOUT(!m_controller->isBusy() && !m_controller->runs().isBusy(), 20000);
    QTest::qWait(30);
    QTRY_VERIFY_WITH_TIMEOUT(!m_controller->isBusy() && !m_controller->runs().isBusy(), 20000);
}

void TestModelWindow::hiddenTabIsNotFilled()
{
    m_window->showTab(Tab::Values);
    m_controller->session().editScheme(parseScheme("bits=5"));
    settle();
    QVERIFY(m_view->model()->result() != m_controller->session().result());
    QVERIFY(m_window->showTab(Tab::Model));
    QCOMPARE(m_view->model()->result(), m_controller->session().result());
}

void TestModelWindow::numbersAreThoseOfAnalyze()
{
    m_window->showTab(Tab::Model);
    m_controller->session().editScheme(parseScheme("bits=3,granularity=channel"));
    settle();
    const Json rows = runJson({"analyze", "sample", "--scheme", "bits=3,granularity=channel"}).json()["rows"];
    const ModelTableModel& model = *m_view->model();
    QCOMPARE(static_cast<int>(rows.size()), model.rowCount());
    for (int row = 0; row < model.rowCount(); ++row)
        for (int column = 0; column < model.columnCount(); ++column) {
            const std::string key(ModelTableModel::keyOf(column));
            if (!rows[row].contains(key) || !rows[row][key].is_number())
                continue;
            const QString raw = model.index(row, column).data(ModelTableModel::RawRole).toString();
            QCOMPARE(raw.toDouble(), rows[row][key].get<double>());
        }
    QCOMPARE(model.index(0, 0).data().toString().toStdString(), rows[0]["layer"].get<std::string>());
}

void TestModelWindow::filterAndWrongExpression()
{
    m_window->showTab(Tab::Model);
    const int all = m_view->model()->rowCount();
    auto* filter = part<QLineEdit>(u"modelFilter");
    auto* problem = part<QLabel>(u"modelProblem");
    QTest::keyClicks(filter, u"conv"_s);
    const int convolutions = m_view->model()->rowCount();
    QVERIFY(convolutions > 0 && convolutions < all);
    QVERIFY(part<ElidedLabel>(u"modelTotals")->text().contains(u" of "_s));
    part<QCheckBox>(u"modelExpression")->click();
    QTest::keyClicks(filter, u"("_s);
    QVERIFY(problem->isVisible());
    QVERIFY(problem->text().startsWith(u'▲'));
    QTest::keyClick(filter, Qt::Key_Backspace);
    QVERIFY(!problem->isVisible());
}

void TestModelWindow::sortingByClick()
{
    m_window->showTab(Tab::Model);
    QHeaderView* header = m_table->horizontalHeader();
    const int column = ModelTableModel::columnOf("sqnrDb");
    const QPoint at(header->sectionViewportPosition(column) + 12, header->height() / 2);
    const auto sqnr = [&](int row) {
        return m_view->model()->index(row, column).data(ModelTableModel::RawRole).toString().toDouble();
    };
    const int last = m_view->model()->rowCount() - 1;
    QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, at);
    const bool ascending = header->sortIndicatorOrder() == Qt::AscendingOrder;
    QCOMPARE(sqnr(0) < sqnr(last), ascending);
    QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(sqnr(0) < sqnr(last), !ascending);
}

void TestModelWindow::rowsAndPointsSelectLayers()
{
    m_window->showTab(Tab::Model);
    settle();
    QTest::mouseClick(m_table->viewport(), Qt::LeftButton, {}, cell(2, "layer"));
    QCOMPARE(m_controller->session().currentLayer()->index, 2u);
    const ChartSeries& curve = m_view->chart()->chart()->panels.at(0).series.at(0);
    const QPointF point = m_view->chart()->pixelOf(0, 4, curve.y.at(4));
    auto* canvas = reinterpret_cast<QWidget*>(m_view->chart()->canvas());
    QTest::mouseClick(canvas, Qt::LeftButton, {}, point.toPoint());
    QCOMPARE(m_controller->session().currentLayer()->index, 4u);
    QCOMPARE(m_table->currentIndex().data(ModelTableModel::LayerIndexRole).toUInt(), 4u);
}

void TestModelWindow::hoverIsLinked()
{
    m_window->showTab(Tab::Model);
    settle();
    QTest::mouseMove(m_table->viewport(), cell(1, "layer"));
    QTest::mouseMove(m_table->viewport(), cell(3, "layer"));
    QTRY_COMPARE(m_window->focusBus()->hover().layer, std::optional<std::uint32_t>(3));
}

void TestModelWindow::columnsAreRemembered()
{
    m_window->showTab(Tab::Model);
    const int kurtosis = ModelTableModel::columnOf("entropyBits");
    QVERIFY(m_table->isColumnHidden(kurtosis));
    QMenu* menu = part<QToolButton>(u"modelColumns")->menu();
    emit menu->aboutToShow();
    for (QAction* action : menu->actions())
        if (action->data().toString() == u"entropyBits"_s)
            action->trigger();
    QVERIFY(!m_table->isColumnHidden(kurtosis));
    m_window->close();
    start();
    QVERIFY(!m_table->isColumnHidden(ModelTableModel::columnOf("entropyBits")));
}

void TestModelWindow::savedRowsAreThoseShown()
{
    m_window->showTab(Tab::Model);
    settle();
    m_view->model()->sort(ModelTableModel::columnOf("sqnrDb"));
    part<QPushButton>(u"modelCopy")->click();
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
    QCOMPARE(lines.size(), m_view->model()->rowCount() + 2);
    QCOMPARE(lines[0], m_view->columns().join(u'\t'));
    QCOMPARE(lines[1].section(u'\t', 0, 0), m_view->model()->index(0, 0).data().toString());
    const QString path = m_scratch->filePath(u"layers.csv"_s);
    emit m_view->saveRequested(path);
    settle();
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList saved = QString::fromUtf8(file.readAll()).split(u'\n');
    QVERIFY(saved[0].startsWith(u"# {"_s));
    QVERIFY(saved[1].startsWith(u"layer,kind,scheme"_s));
    QCOMPARE(saved[2].section(u',', 0, 0), m_view->model()->index(0, 0).data().toString());
}

void TestModelWindow::outputErrorsAppearAfterARun()
{
    m_window->showTab(Tab::Model);
    settle();
    auto* metric = part<QComboBox>(u"modelMetric");
    metric->setCurrentIndex(metric->findData(u"accumulatedSqnrDb"_s));
    QVERIFY(!m_view->chart()->chart());
    emit m_window->runView()->runRequested();
    settle();
    QVERIFY(m_view->chart()->chart());
    const auto& errors = m_controller->runs().result()->evaluation.layers;
    QCOMPARE(m_view->chart()->chart()->panels[0].series[0].y[0], errors[0].accumulated->sqnrDb());
}

void TestModelWindow::curveComparesPins()
{
    m_window->showTab(Tab::Model);
    settle();
    QCOMPARE(m_view->chart()->chart()->panels[0].series.size(), 1u);
    m_controller->session().pinAsB();
    m_controller->session().editScheme(parseScheme("bits=6"));
    settle();
    const auto& series = m_view->chart()->chart()->panels[0].series;
    QCOMPARE(series.size(), 2u);
    QCOMPARE(series[1].y[2], m_controller->session().resultB()->layers[2].metrics.sqnrDb);
    QVERIFY(series[0].y[2] > series[1].y[2]);
}

QTEST_MAIN(TestModelWindow)
#include "tst_modelwindow.moc"
