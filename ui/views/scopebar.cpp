// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/scopebar.h"

#include "ui/format.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr int lines = 3; ///< Scope has as many values
}

ScopeBar::ScopeBar(QWidget* parent)
    : QWidget(parent), m_scope(new QComboBox), m_apply(new QToolButton), m_reset(new QPushButton)
{
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(5);
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    auto* label = new QLabel(tr("&Edits"));
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setBuddy(m_scope);
    m_scope->setObjectName(u"scopeCombo"_s);
    m_scope->setAccessibleName(tr("Edits apply to"));
    m_scope->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_scope->setMinimumContentsLength(6);
    for (int i = 0; i < lines; ++i)
        m_scope->addItem(QString(), i);
    m_apply->setObjectName(u"applyButton"_s);
    m_apply->setText(tr("Apply to"));
    m_apply->setToolTip(tr("Gives the scheme of this layer to others"));
    m_apply->setPopupMode(QToolButton::InstantPopup);
    m_apply->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(m_apply);
    const std::pair<QString, Scope> targets[] = {{tr("&All Layers"), Scope::All},
                                                 {tr("Layers of This &Kind"), Scope::Kind},
                                                 {tr("This &Layer Only"), Scope::Layer}};
    for (const auto& [text, scope] : targets)
        menu->addAction(text, this, [this, scope = scope] { emit applyRequested(scope); });
    m_apply->setMenu(menu);
    m_reset->setObjectName(u"overrideReset"_s);
    m_reset->setText(tr("Back to the Default Scheme"));
    m_reset->setToolTip(tr("This layer has a scheme of its own"));
    row->addWidget(label);
    row->addWidget(m_scope, 1);
    row->addWidget(m_apply);
    rows->addLayout(row);
    rows->addWidget(m_reset);
    connect(m_scope, &QComboBox::activated, this,
            [this](int index) { emit scopeChosen(static_cast<Scope>(index)); });
    connect(m_reset, &QPushButton::clicked, this, &ScopeBar::resetRequested);
    setState(Scope::All, {}, nullptr);
}

void ScopeBar::setState(Scope scope, const AnalysisSettings& settings, const Layer* layer)
{
    const QSignalBlocker blocker(m_scope);
    const bool own = layer && hasOwnScheme(settings, layer->name);
    const auto others = static_cast<int>(settings.overrides.size()) - (own ? 1 : 0);
    m_scope->setItemText(0,
                         others == 0 ? tr("all layers") : tr("all but %n with their own", nullptr, others));
    m_scope->setItemText(1, layer ? tr("layers of kind %1").arg(format::kindName(layer->kind))
                                  : tr("layers of this kind"));
    m_scope->setItemText(2, layer ? tr("only %1").arg(format::text(layer->name)) : tr("this layer"));
    m_scope->setCurrentIndex(static_cast<int>(scope));
    m_scope->setToolTip(tr("Which layers change when the scheme is edited: %1").arg(m_scope->currentText()));
    m_scope->setEnabled(layer);
    m_apply->setEnabled(layer);
    m_reset->setVisible(own);
}

} // namespace quantoscope
