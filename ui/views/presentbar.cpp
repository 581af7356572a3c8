// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/presentbar.h"

#include "ui/views/elidedlabel.h"

#include <QHBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

PresentBar::PresentBar(QWidget* parent)
    : QWidget(parent), m_layout(new QVBoxLayout(this)), m_what(new ElidedLabel), m_place(new ElidedLabel)
{
    setObjectName(u"presentBar"_s);
    m_layout->setContentsMargins(8, 4, 8, 6);
    m_layout->setSpacing(4);
    auto* line = new QHBoxLayout;
    line->setSpacing(24);
    line->addWidget(m_what, 1);
    line->addWidget(m_place);
    m_layout->addLayout(line);
    m_what->setObjectName(u"presentCaption"_s);
    m_place->setObjectName(u"presentPlace"_s);
    m_place->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    QFont strong = font();
    strong.setWeight(QFont::DemiBold);
    m_what->setFont(strong);
}

void PresentBar::setCaption(const QString& what, const QString& place)
{
    m_what->setText(what);
    m_place->setText(place);
    m_place->setVisible(!place.isEmpty());
    m_place->setMinimumWidth(m_place->sizeHint().width());
}

void PresentBar::setCards(QWidget* cards) { m_layout->addWidget(cards); }

} // namespace quantoscope
