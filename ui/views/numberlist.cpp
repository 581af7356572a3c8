// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/numberlist.h"

#include "ui/format.h"
#include "ui/views/answers.h"
#include "ui/views/elidedlabel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace quantoscope {

namespace {

/// Shown on the cards, or parts of what is shown there.
constexpr std::array<std::string_view, 9> elsewhere = {
    "sqnrDb", "mse",        "clippedFraction", "clippedBelowFraction", "clippedAboveFraction",
    "nmse",   "relativeL2", "clippingMse",     "roundingMse"};

} // namespace

NumberList::NumberList(QWidget* parent) : QWidget(parent)
{
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(4, 0, 4, 0);
    rows->setSpacing(2);
    QFont small = font();
    small.setPointSizeF(8);
    for (const MetricDefinition& definition : metricDefinitions()) {
        if (!definition.value
            || std::find(elsewhere.begin(), elsewhere.end(), definition.key) != elsewhere.end())
            continue;
        auto* line = new QWidget;
        auto* layout = new QHBoxLayout(line);
        layout->setContentsMargins(0, 0, 0, 0);
        Row row{definition.key, definition.unit == "fraction", definition.value, line, new ElidedLabel,
                new QLabel};
        row.title->setText(format::metricTitle(definition.key));
        row.title->setFont(small);
        row.title->setForegroundRole(QPalette::PlaceholderText);
        row.number->setFont(small);
        row.number->setTextFormat(Qt::PlainText);
        markAnswer(*row.number);
        layout->addWidget(row.title, 1);
        layout->addWidget(row.number);
        rows->addWidget(line);
        m_rows.push_back(row);
    }
    setPicture(nullptr);
}

void NumberList::setPicture(std::shared_ptr<const LayerPicture> picture)
{
    const bool shown = picture && picture->detail.report.params;
    for (const Row& row : m_rows) {
        const double value = shown ? picture->detail.shown.*row.value : 0;
        row.number->setText(!shown         ? format::missing()
                            : row.fraction ? format::percent(value)
                                           : format::number(value, 3));
        const QString reason = shown ? format::missingReason(row.key, picture->detail.shown) : QString();
        const QString first = reason.isEmpty() ? format::exact(value) : reason;
        row.line->setToolTip((shown ? first + QStringLiteral("\n\n") : QString())
                             + format::metricTooltip(row.key));
    }
}

} // namespace quantoscope
