// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/channelsview.h"

#include "ui/charts/channelcharts.h"
#include "ui/focusbus.h"
#include "ui/format.h"
#include "ui/plots/chartview.h"
#include "ui/views/card.h"
#include "ui/views/elidedlabel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

ChannelsView::ChannelsView(FocusBus& focus, QWidget* parent)
    : QWidget(parent), m_focus(focus), m_order(new QComboBox),
      m_equalized(new QCheckBox(tr("After &equalization"))), m_note(new ElidedLabel), m_chart(new ChartView)
{
    m_order->setObjectName(u"channelOrder"_s);
    m_order->setAccessibleName(tr("Order of the channels"));
    m_order->addItem(tr("Index"), static_cast<int>(ChannelOrder::Index));
    m_order->addItem(tr("Widest range first"), static_cast<int>(ChannelOrder::Range));
    m_order->addItem(tr("Largest error first"), static_cast<int>(ChannelOrder::Error));
    m_order->addItem(tr("Most clipped first"), static_cast<int>(ChannelOrder::Clipped));
    m_equalized->setToolTip(tr("The ranges that cross-layer equalization would leave (arXiv 1906.04721)"));
    auto* label = new QLabel(tr("&Order"));
    label->setBuddy(m_order);
    m_note->setForegroundRole(QPalette::PlaceholderText);
    auto* top = new QHBoxLayout;
    top->addWidget(label);
    top->addWidget(m_order);
    top->addSpacing(8);
    top->addWidget(m_equalized);
    top->addSpacing(8);
    top->addWidget(m_note, 1);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(12, 8, 8, 8);
    inside->addWidget(m_chart);
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(6, 4, 6, 8);
    rows->setSpacing(6);
    rows->addLayout(top);
    rows->addWidget(card, 1);
    connect(m_order, &QComboBox::currentIndexChanged, this, &ChannelsView::wishesChanged);
    connect(m_equalized, &QCheckBox::toggled, this, &ChannelsView::wishesChanged);
    connect(m_chart, &ChartView::hovered, this, [this](std::size_t, std::optional<QPointF> place) {
        const ChannelSpan* span = place ? spanAt(place->x()) : nullptr;
        Focus at;
        if (span)
            at.channel = span->channel;
        m_focus.setHover(at);
        emit hoverChanged(span ? channelReadOut(*span) : QString());
    });
    connect(m_chart, &ChartView::pointClicked, this,
            [this](std::size_t, std::size_t, std::size_t key) { emit channelChosen(key); });
    m_chart->setReadOut([this](double x, double) {
        const ChannelSpan* span = spanAt(x);
        return span ? channelReadOut(*span) : QString();
    });
}

ChannelOrder ChannelsView::order() const { return static_cast<ChannelOrder>(m_order->currentData().toInt()); }

bool ChannelsView::wantsEqualized() const { return m_equalized->isChecked(); }

const ChannelSpan* ChannelsView::spanAt(double x) const
{
    if (!m_picture || !(x > -0.5) || x >= static_cast<double>(m_picture->spans.size()) - 0.5)
        return nullptr;
    const auto order = ordered(m_picture->spans, m_picture->order);
    return &m_picture->spans[order[static_cast<std::size_t>(std::lround(x))]];
}

void ChannelsView::setPicture(std::shared_ptr<const ChannelsPicture> picture)
{
    m_picture = std::move(picture);
    if (!m_picture)
        return;
    m_note->setText(!m_picture->issue.empty()             ? format::text(m_picture->issue)
                    : !m_picture->whyNotEqualized.empty() ? format::text(m_picture->whyNotEqualized)
                                                          : QString());
    m_chart->setChart(std::make_shared<const Chart>(channelsChart(*m_picture)));
    m_chart->setStale(false);
}

void ChannelsView::setMessage(const QString& message)
{
    m_picture.reset();
    m_note->setText({});
    m_chart->setChart(nullptr);
    m_chart->setMessage(message);
}

void ChannelsView::setStale(bool stale) { m_chart->setStale(stale); }

} // namespace quantoscope
