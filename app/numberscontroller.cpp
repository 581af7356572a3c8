// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/numberscontroller.h"

#include "core/support/error.h"
#include "ui/format.h"
#include "ui/mainwindow.h"
#include "ui/views/numbersview.h"

#include <algorithm>
#include <cmath>

namespace quantoscope {

NumbersController::NumbersController(MainWindow& window, Session& session, QObject* parent)
    : QObject(parent), m_session(session), m_view(new NumbersView)
{
    window.addTab(Tab::Numbers, m_view, tr("Numbers"), tr("A few numbers of your own, step by step"));
    connect(&window, &MainWindow::tabChanged, this, &NumbersController::update);
    connect(&session, &Session::schemeChanged, this, &NumbersController::update);
    connect(&session, &Session::currentLayerChanged, this, &NumbersController::update);
    connect(m_view, &NumbersView::numbersEdited, this, &NumbersController::update);
}

void NumbersController::update()
{
    if (!m_view->isVisible())
        return;
    const Scheme& scheme = m_session.scheme();
    const std::vector<float> numbers = m_view->numbers();
    const std::vector<float> weights = m_view->weights();
    m_view->setPicture(std::make_shared<const NumbersPicture>(numbersPicture(numbers, scheme)));
    try {
        // The largest sum that these magnitudes can make: no output saturates.
        float largest = 0;
        for (std::size_t i = 0; i < std::min(numbers.size(), weights.size()); ++i)
            largest += std::abs(numbers[i] * weights[i]);
        m_view->setDot(integerDot(numbers, scheme, weights, scheme, 0, largest), {});
    } catch (const Error& error) {
        m_view->setDot(std::nullopt, format::text(error.what()));
    }
}

} // namespace quantoscope
