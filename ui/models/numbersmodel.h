// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/numbers/numbers.h"

#include <QAbstractTableModel>

#include <memory>

namespace quantoscope {

/// Short vectors step by step: one row per number, one column per step, revealed from left to right.
class NumbersModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { X, Clip, Scaled, Round, Clamp, Value, ErrorColumn, Pattern, ColumnCount };
    static constexpr std::size_t mostNumbers = 64;

    explicit NumbersModel(QObject* parent = nullptr);

    void setPicture(std::shared_ptr<const NumbersPicture> picture);
    const std::shared_ptr<const NumbersPicture>& picture() const { return m_picture; }
    /// How many columns are shown; the others stay "·" until it is their turn.
    int revealed() const { return m_revealed; }
    void setRevealed(int columns);

    /// The formula of a column with this scheme's own numbers: "x/s, s = 0.667".
    QString formula(int column) const;

    /// What is revealed, for a lecture or a paper.
    QString toMarkdown() const;
    QString toLatex() const;
    QString toCsv() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    /// A number was typed over.
    void numberEdited(int row, float x);

private:
    QString text(int row, int column) const;
    /// All digits, decimal point, for files.
    QString exactText(int row, int column) const;

    std::shared_ptr<const NumbersPicture> m_picture;
    int m_revealed = ColumnCount;
};

} // namespace quantoscope
