// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/numbersview.h"

#include "ui/charts/numbercharts.h"
#include "ui/format.h"
#include "ui/models/bitpatternsmodel.h"
#include "ui/plots/chartview.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

std::optional<std::vector<float>> numbersFrom(const QString& text, QString& problem)
{
    static const QRegularExpression separator(u"[\\s;,]+"_s);
    std::vector<float> numbers;
    for (QString word : text.split(separator, Qt::SkipEmptyParts)) {
        bool ok = false;
        numbers.push_back(QLocale::c().toFloat(word.replace(QChar(0x2212), u'-'), &ok));
        if (!ok) {
            problem = NumbersView::tr("“%1” is no number; write 1.5, −2e−3, separated by commas or blanks.")
                          .arg(word);
            return std::nullopt;
        }
    }
    if (numbers.size() > NumbersModel::mostNumbers) {
        problem = NumbersView::tr("At most %1 numbers fit here.").arg(NumbersModel::mostNumbers);
        return std::nullopt;
    }
    problem.clear();
    return numbers;
}

namespace {

/// The shortest text that reads back as the same float.
QString shortest(float number)
{
    for (int digits = 1; digits < 9; ++digits) {
        const QString text = QLocale::c().toString(static_cast<double>(number), 'g', digits);
        if (QLocale::c().toFloat(text) == number)
            return text;
    }
    return QLocale::c().toString(static_cast<double>(number), 'g', 9);
}

/// What a pointer can mean: no digits finer than a pixel, of which `perUnit` make 1.
float rounded(double x, double perUnit)
{
    const double step = std::pow(10.0, std::ceil(-std::log10(perUnit)));
    return static_cast<float>(std::round(x / step) * step);
}

} // namespace

NumbersView::NumbersView(QWidget* parent)
    : QWidget(parent), m_model(new NumbersModel(this)), m_field(new QLineEdit), m_weightField(new QLineEdit),
      m_problem(new ElidedLabel), m_formula(new ElidedLabel), m_back(new QPushButton(tr("&Back"))),
      m_next(new QPushButton(tr("Ne&xt Step"))), m_table(new QTableView), m_chart(new ChartView),
      m_bits(new BitPatternsModel(this)), m_pictures(new QTabBar), m_dot(new QLabel)
{
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(6, 4, 6, 8);
    rows->setSpacing(6);
    rows->addWidget(buildSteps(), 1);
    rows->addWidget(buildPictures(), 1);
    rows->addWidget(buildDot());
    connect(m_model, &NumbersModel::numberEdited, this,
            [this](int row, float x) { changeNumber(static_cast<std::size_t>(row), x); });
    connect(m_chart, &ChartView::pointDragged, this,
            [this](std::size_t, std::size_t, std::size_t number, QPointF place) {
                changeNumber(number, rounded(place.x(),
                                             m_chart->pixelOf(0, 1, 0).x() - m_chart->pixelOf(0, 0, 0).x()));
            });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &NumbersView::showBits);
    showFields();
    reveal(NumbersModel::ColumnCount);
}

QWidget* NumbersView::buildSteps()
{
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(12, 8, 12, 8);
    m_field->setObjectName(u"numbersField"_s);
    m_field->setAccessibleName(tr("Numbers"));
    m_problem->setObjectName(u"numbersProblem"_s);
    m_problem->setForegroundRole(QPalette::BrightText);
    auto* label = new QLabel(tr("&Numbers"));
    label->setBuddy(m_field);
    auto* first = new QPushButton(tr("&Start Over"));
    auto* copy = new QToolButton;
    copy->setText(tr("Copy"));
    copy->setAccessibleName(tr("Copy the steps"));
    copy->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(copy);
    const auto add = [this, menu](const QString& text, QString (NumbersModel::*form)() const) {
        menu->addAction(text, this,
                        [this, form] { QGuiApplication::clipboard()->setText((m_model->*form)()); });
    };
    add(tr("As &Markdown"), &NumbersModel::toMarkdown);
    add(tr("As &LaTeX"), &NumbersModel::toLatex);
    add(tr("As &CSV"), &NumbersModel::toCsv);
    menu->addAction(tr("&Bits of the Chosen Number"), this,
                    [this] { QGuiApplication::clipboard()->setText(m_bits->toText()); });
    copy->setMenu(menu);
    auto* top = new QHBoxLayout;
    top->addWidget(label);
    top->addWidget(m_field, 1);
    for (QWidget* button : std::initializer_list<QWidget*>{first, m_back, m_next, copy})
        top->addWidget(button);
    m_next->setObjectName(u"nextStep"_s);
    m_back->setObjectName(u"backStep"_s);
    first->setObjectName(u"startOver"_s);
    QFont strong = font();
    strong.setWeight(QFont::DemiBold);
    m_formula->setFont(strong);
    m_formula->setObjectName(u"stepFormula"_s);
    m_table->setModel(m_model);
    m_table->setObjectName(u"numbersTable"_s);
    m_table->setAccessibleName(tr("Numbers step by step"));
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    layout->addLayout(top);
    layout->addWidget(m_problem);
    layout->addWidget(m_formula);
    layout->addWidget(m_table, 1);
    connect(m_field, &QLineEdit::editingFinished, this, [this] { readNumbers(*m_field, m_numbers); });
    connect(first, &QPushButton::clicked, this, [this] { reveal(1); });
    connect(m_back, &QPushButton::clicked, this, [this] { reveal(m_model->revealed() - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { reveal(m_model->revealed() + 1); });
    return card;
}

QWidget* NumbersView::buildPictures()
{
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(12, 8, 8, 8);
    auto* stack = new QStackedWidget;
    stack->addWidget(m_chart);
    stack->addWidget(buildBits());
    m_pictures->setObjectName(u"numbersPictures"_s);
    m_pictures->setAccessibleName(tr("Numbers on the grid or as bits"));
    m_pictures->setDrawBase(false);
    m_pictures->setExpanding(false);
    m_pictures->addTab(tr("On the grid"));
    m_pictures->addTab(tr("As bits"));
    connect(m_pictures, &QTabBar::currentChanged, stack, &QStackedWidget::setCurrentIndex);
    layout->addWidget(m_pictures);
    layout->addWidget(stack, 1);
    return card;
}

QTableView* NumbersView::buildBits()
{
    auto* table = new QTableView;
    table->setModel(m_bits);
    table->setObjectName(u"bitsTable"_s);
    table->setAccessibleName(tr("The chosen number as bits"));
    table->setAlternatingRowColors(true);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->setSelectionMode(QAbstractItemView::NoSelection);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(BitPatternsModel::Bits, QHeaderView::Stretch);
    return table;
}

QWidget* NumbersView::buildDot()
{
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(12, 8, 12, 8);
    m_weightField->setObjectName(u"weightsField"_s);
    m_weightField->setAccessibleName(tr("Weights to multiply with"));
    auto* label = new QLabel(tr("Integer product with &weights"));
    label->setBuddy(m_weightField);
    auto* top = new QHBoxLayout;
    top->addWidget(label);
    top->addWidget(m_weightField, 1);
    m_dot->setObjectName(u"dotTerms"_s);
    m_dot->setTextFormat(Qt::PlainText);
    m_dot->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_dot->setAccessibleName(tr("Terms of the integer product"));
    m_dot->setWordWrap(true);
    layout->addLayout(top);
    layout->addWidget(m_dot);
    connect(m_weightField, &QLineEdit::editingFinished, this,
            [this] { readNumbers(*m_weightField, m_weights); });
    return card;
}

void NumbersView::readNumbers(const QLineEdit& field, std::vector<float>& into)
{
    QString problem;
    const auto numbers = numbersFrom(field.text(), problem);
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    if (!numbers || *numbers == into)
        return;
    into = *numbers;
    emit numbersEdited();
}

void NumbersView::showFields()
{
    const auto text = [](const std::vector<float>& numbers) {
        QStringList words;
        for (const float number : numbers)
            words << shortest(number);
        return words.join(u", "_s);
    };
    m_field->setText(text(m_numbers));
    m_weightField->setText(text(m_weights));
    m_problem->hide();
}

void NumbersView::changeNumber(std::size_t row, float x)
{
    m_numbers[row] = x;
    showFields();
    emit numbersEdited();
}

void NumbersView::showBits()
{
    const int row = std::max(m_table->currentIndex().row(), 0);
    m_bits->show(m_model->picture(), static_cast<std::size_t>(row));
    const bool any = static_cast<std::size_t>(row) < m_numbers.size();
    m_pictures->setTabText(
        1, any ? tr("%1 as bits")
                     .arg(format::number(static_cast<double>(m_numbers[static_cast<std::size_t>(row)])))
               : tr("As bits"));
}

void NumbersView::reveal(int columns)
{
    m_model->setRevealed(columns);
    m_back->setEnabled(m_model->revealed() > 1);
    m_next->setEnabled(m_model->revealed() < NumbersModel::ColumnCount);
    const int last = m_model->revealed() - 1;
    m_formula->setText(m_model->formula(last));
    if (m_model->picture())
        m_chart->setChart(std::make_shared<const Chart>(
            numbersChart(*m_model->picture(), m_model->revealed() > NumbersModel::Value)));
}

void NumbersView::setPicture(std::shared_ptr<const NumbersPicture> picture)
{
    m_model->setPicture(std::move(picture));
    reveal(m_model->revealed());
    showBits();
    const std::string& issue = m_model->picture()->issue;
    if (!issue.empty()) {
        m_problem->setText(format::text(issue));
        m_problem->show();
    } else {
        m_problem->hide();
    }
}

void NumbersView::setDot(const std::optional<IntegerDot>& dot, const QString& whyNot)
{
    if (!dot)
        return m_dot->setText(whyNot);
    const auto whole = [](std::int64_t value) { return format::integer(value); };
    const auto signedWhole = [](std::int64_t value) {
        return value < 0 ? u"− "_s + format::integer(-value) : u"+ "_s + format::integer(value);
    };
    m_dot->setText(
        tr("Σ qₓ·q_w: %1  − z_w·Σ qₓ: %2  − zₓ·Σ q_w: %3  + n·zₓ·z_w: %4  = int32 %5\n"
           "M = sₓ·s_w/s_y = %6 · 2^%7 / 2³¹ → int8 %8 (two roundings), %9 (one); before rounding %10\n"
           "y = s_y · q_y = %11, in floats Σ x·w = %12")
            .arg(whole(dot->products), signedWhole(dot->weightTerm), signedWhole(dot->inputTerm),
                 signedWhole(dot->constant), whole(dot->accumulator), whole(dot->multiplier.mantissa),
                 whole(dot->multiplier.shift), whole(dot->gemmlowp), whole(dot->single))
            .arg(format::number(dot->exact, 5),
                 format::number(static_cast<double>(dot->scaleY) * dot->single, 4),
                 format::number(dot->floatResult, 4)));
}

} // namespace quantoscope
