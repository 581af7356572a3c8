// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/numbers/integerdot.h"
#include "ui/models/numbersmodel.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTabBar;
class QTableView;

namespace quantoscope {

class BitPatternsModel;
class ChartView;
class ElidedLabel;

/// A few numbers that a person types, on their way through the scheme, step by step; and their integer product with other ones.
class NumbersView : public QWidget
{
    Q_OBJECT

public:
    explicit NumbersView(QWidget* parent = nullptr);

    /// The numbers typed, and those to multiply with.
    std::vector<float> numbers() const { return m_numbers; }
    std::vector<float> weights() const { return m_weights; }

    void setPicture(std::shared_ptr<const NumbersPicture> picture);
    /// Terms of the product, or why there is none.
    void setDot(const std::optional<IntegerDot>& dot, const QString& whyNot);
    ChartView* chart() const { return m_chart; }
    NumbersModel* model() const { return m_model; }
    BitPatternsModel* bits() const { return m_bits; }

signals:
    void numbersEdited();

private:
    QWidget* buildSteps();
    QWidget* buildPictures();
    QTableView* buildBits();
    QWidget* buildDot();
    void reveal(int columns);
    void readNumbers(const QLineEdit& field, std::vector<float>& into);
    void showFields();
    void showBits();
    void changeNumber(std::size_t row, float x);

    std::vector<float> m_numbers{1.1f, 2.4f, -0.3f, 0.8f};
    std::vector<float> m_weights{0.5f, -0.25f, 1.0f, 0.75f};
    NumbersModel* m_model;
    QLineEdit* m_field;
    QLineEdit* m_weightField;
    ElidedLabel* m_problem;
    ElidedLabel* m_formula;
    QPushButton* m_back;
    QPushButton* m_next;
    QTableView* m_table;
    ChartView* m_chart;
    BitPatternsModel* m_bits;
    QTabBar* m_pictures;
    QLabel* m_dot;
};

/// Numbers separated by blanks, commas (with a blank), semicolons or line ends. Nothing, and where it went wrong in `problem`, unless all of it is
/// numbers and at most NumbersModel::mostNumbers.
std::optional<std::vector<float>> numbersFrom(const QString& text, QString& problem);

} // namespace quantoscope
