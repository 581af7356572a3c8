// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/rangefields.h"

#include "ui/schemenames.h"
#include "ui/views/combochoices.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QScopedValueRollback>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int spinButtons = 34; ///< frame, margins and buttons of a spin box

/// The number that some rules have: where it starts, how far it goes.
struct ValueField
{
    double first;
    double largest;
    double step;
};

std::optional<ValueField> valueField(RangeRule::Kind kind)
{
    switch (kind) {
    case RangeRule::Kind::Percentile:
        return ValueField{99.9, 100, 0.1};
    case RangeRule::Kind::Ratio:
        return ValueField{0.8, 1000, 0.01};
    case RangeRule::Kind::Sigma:
        return ValueField{3, 1000, 0.1};
    case RangeRule::Kind::Ema:
        return ValueField{0.01, 1, 0.01};
    default:
        return std::nullopt;
    }
}

} // namespace

RangeFields::RangeFields(QWidget* parent)
    : QWidget(parent), m_kind(new QComboBox), m_value(new QDoubleSpinBox), m_manualRow(new QWidget),
      m_lo(new QDoubleSpinBox), m_hi(new QDoubleSpinBox)
{
    m_kind->setObjectName(u"rangeCombo"_s);
    m_kind->setAccessibleName(tr("Range"));
    m_kind->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_kind->setMinimumContentsLength(4);
    m_kind->setMaxVisibleItems(12);
    m_value->setObjectName(u"rangeValueSpin"_s);
    m_value->setAccessibleName(tr("Number of the range rule"));
    m_value->setDecimals(3);
    // As wide as what it usually holds; its largest number would push the rule aside.
    m_value->setFixedWidth(fontMetrics().horizontalAdvance(u"999.999 %"_s) + spinButtons);
    m_lo->setObjectName(u"rangeLoSpin"_s);
    m_hi->setObjectName(u"rangeHiSpin"_s);
    m_lo->setAccessibleName(tr("Lower clip limit, number"));
    m_hi->setAccessibleName(tr("Upper clip limit, number"));
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(4);
    auto* first = new QHBoxLayout;
    first->setSpacing(6);
    first->addWidget(m_kind, 1);
    first->addWidget(m_value);
    rows->addLayout(first);
    auto* manual = new QHBoxLayout(m_manualRow);
    manual->setContentsMargins(0, 0, 0, 0);
    manual->setSpacing(6);
    for (QDoubleSpinBox* box : {m_lo, m_hi}) {
        box->setRange(-1e9, 1e9);
        box->setDecimals(5);
        box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        // Their limits are far apart; the room decides how wide they are.
        box->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        manual->addWidget(box, 1);
    }
    rows->addWidget(m_manualRow);
    setFocusProxy(m_kind);

    const auto unlessShowing = [this](auto action) {
        return [this, action](auto&&...) {
            if (!m_showing)
                (this->*action)();
        };
    };
    connect(m_kind, &QComboBox::currentIndexChanged, this, unlessShowing(&RangeFields::editKind));
    for (QDoubleSpinBox* box : {m_value, m_lo, m_hi}) {
        box->setKeyboardTracking(false);
        connect(box, &QDoubleSpinBox::valueChanged, this, unlessShowing(&RangeFields::editNumbers));
    }
}

void RangeFields::setRule(Format format, const RangeRule& rule)
{
    const QScopedValueRollback guard(m_showing, true);
    m_rule = rule;
    offerChoices(*m_kind, rangesOf(format), rule.kind, format::rangeName, format::rangeExplanation);
    showValue();
    m_manualRow->setVisible(rule.kind == RangeRule::Kind::Manual);
    m_lo->setValue(rule.a);
    m_hi->setValue(rule.b);
}

void RangeFields::showValue()
{
    const auto field = valueField(m_rule.kind);
    m_value->setVisible(field.has_value());
    if (!field)
        return;
    m_value->setSuffix(m_rule.kind == RangeRule::Kind::Percentile ? tr(" %")
                       : m_rule.kind == RangeRule::Kind::Sigma    ? tr(" σ")
                                                                  : u"×"_s);
    m_value->setRange(0.001, field->largest);
    m_value->setSingleStep(field->step);
    m_value->setValue(m_rule.a);
}

void RangeFields::setPresentRange(double lo, double hi)
{
    if (lo < hi) {
        m_presentLo = lo;
        m_presentHi = hi;
    }
}

void RangeFields::editKind()
{
    RangeRule rule;
    rule.kind = static_cast<RangeRule::Kind>(m_kind->currentData().toInt());
    if (const auto field = valueField(rule.kind))
        rule.a = field->first;
    if (rule.kind == RangeRule::Kind::Manual) {
        rule.a = m_presentLo;
        rule.b = m_presentHi;
    }
    emit edited(rule);
}

void RangeFields::editNumbers()
{
    RangeRule rule = m_rule;
    if (rule.kind == RangeRule::Kind::Manual) {
        rule.a = m_lo->value();
        rule.b = m_hi->value();
    } else if (valueField(rule.kind)) {
        rule.a = m_value->value();
    }
    emit edited(rule);
}

} // namespace quantoscope
