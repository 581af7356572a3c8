// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/activationsview.h"

#include "ui/format.h"
#include "ui/plots/activationplot.h"
#include "ui/plots/channelsplot.h"
#include "ui/plots/featuremapplot.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr double namePoints = 12;

Card* onCard(QWidget* plot)
{
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->addWidget(plot);
    return card;
}

QString factsOf(const ActivationPicture& picture)
{
    const ActivationDetail& detail = picture.detail;
    QStringList facts{ActivationsView::tr("input %1").arg(format::text(detail.values.front())), picture.data};
    if (detail.extremes.finite > 0)
        facts << format::interval(double(detail.extremes.min), double(detail.extremes.max));
    if (const std::uint64_t lost = detail.extremes.nan + detail.extremes.inf; lost > 0)
        facts << ActivationsView::tr("▲ %1 not finite").arg(format::count(lost));
    return facts.join(u" · "_s);
}

} // namespace

ActivationsView::ActivationsView(QWidget* parent)
    : QWidget(parent), m_pages(new QStackedWidget), m_message(new QLabel),
      m_toRun(new QPushButton(tr("Go to the Run tab")))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 8);
    layout->addWidget(m_pages);
    auto* empty = new QWidget;
    auto* column = new QVBoxLayout(empty);
    m_message->setObjectName(u"activationsMessage"_s);
    m_message->setWordWrap(true);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setForegroundRole(QPalette::PlaceholderText);
    m_message->setContentsMargins(40, 0, 40, 0);
    m_toRun->setObjectName(u"toRunButton"_s);
    column->addStretch(2);
    column->addWidget(m_message);
    column->addWidget(m_toRun, 0, Qt::AlignHCenter);
    column->addStretch(3);
    m_pages->addWidget(empty);
    m_pages->addWidget(buildPlots());
    connect(m_toRun, &QPushButton::clicked, this, &ActivationsView::runTabRequested);
    setMessage({});
}

QWidget* ActivationsView::buildPlots()
{
    auto* page = new QWidget;
    auto* rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(6);
    m_name = new ElidedLabel;
    QFont big = font();
    big.setPointSizeF(namePoints);
    big.setWeight(QFont::DemiBold);
    m_name->setFont(big);
    m_facts = new ElidedLabel;
    m_facts->setObjectName(u"activationFacts"_s);
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_plot = new ActivationPlot;
    m_channels = new ChannelsPlot;
    m_map = new FeatureMapPlot;
    m_mapCard = onCard(m_map);
    auto* lower = new QHBoxLayout;
    lower->setSpacing(8);
    lower->addWidget(onCard(m_channels), 1);
    lower->addWidget(m_mapCard, 1);
    rows->addWidget(m_name);
    rows->addWidget(m_facts);
    rows->addWidget(onCard(m_plot), 3);
    rows->addLayout(lower, 2);
    return page;
}

void ActivationsView::setPicture(std::shared_ptr<const ActivationPicture> picture)
{
    m_picture = std::move(picture);
    m_plot->setPicture(m_picture);
    m_channels->setPicture(m_picture);
    m_map->setPicture(m_picture);
    m_pages->setCurrentIndex(m_picture ? 1 : 0);
    if (!m_picture)
        return;
    m_plot->setStale(false);
    m_mapCard->setVisible(m_picture->detail.map.has_value());
    m_name->setText(format::text(m_picture->network->layer(m_picture->layer).name));
    m_facts->setText(factsOf(*m_picture));
}

void ActivationsView::setMessage(const QString& message, bool offerRun)
{
    setPicture(nullptr);
    m_message->setText(message);
    m_toRun->setVisible(offerRun);
}

void ActivationsView::setStale(bool stale) { m_plot->setStale(stale); }

} // namespace quantoscope
