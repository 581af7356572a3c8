// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pinscontroller.h"

#include "ui/mainwindow.h"

namespace quantoscope {

PinsController::PinsController(MainWindow& window, Session& session, std::shared_ptr<LayerCache> cache,
                               QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_detail(std::move(cache))
{
    connectWindow();
    connectSession();
    connectRunners();
    showSetup();
}

void PinsController::connectWindow()
{
    Session* session = &m_session;
    connect(&m_window, &MainWindow::scopeChosen, session, &Session::setScope);
    connect(&m_window, &MainWindow::applyRequested, session, &Session::applyScheme);
    connect(&m_window, &MainWindow::overrideCleared, session, &Session::clearOverride);
    connect(&m_window, &MainWindow::pinRequested, this, &PinsController::pinAsB);
    connect(&m_window, &MainWindow::swapRequested, session, &Session::swapAB);
    connect(&m_window, &MainWindow::bChosen, session, &Session::setB);
    connect(&m_window, &MainWindow::pinUsed, session, &Session::usePin);
    connect(&m_window, &MainWindow::pinRenamed, session, &Session::renamePin);
    connect(&m_window, &MainWindow::pinRemoved, session, &Session::removePin);
}

void PinsController::connectSession()
{
    for (const auto signal : {&Session::networkChanged, &Session::currentLayerChanged,
                              &Session::schemeChanged, &Session::scopeChanged, &Session::pinsChanged})
        connect(&m_session, signal, this, &PinsController::showSetup);
    for (const auto signal : {&Session::pictureChanged, &Session::pinsChanged, &Session::resultChanged})
        connect(&m_session, signal, this, &PinsController::requestB);
    connect(&m_session, &Session::pictureBChanged, this,
            [this] { m_window.setPictureB(m_session.pictureB()); });
}

void PinsController::connectRunners()
{
    connect(&m_detail, &DetailRunner::succeeded, this, [this](std::shared_ptr<const LayerPicture> picture) {
        m_session.setPictureB(std::move(picture));
        emit workEnded();
    });
    const auto noPicture = [this] {
        m_wantedPicture.reset();
        emit workEnded();
    };
    connect(&m_detail, &DetailRunner::failed, this, noPicture);
    connect(&m_detail, &DetailRunner::cancelled, this, noPicture);
    connect(&m_analysis, &AnalysisRunner::succeeded, this,
            [this](std::shared_ptr<const AnalysisResult> result) {
                m_session.setResultB(std::move(result));
                emit workEnded();
            });
    const auto noResult = [this] {
        m_wantedResult.reset();
        emit workEnded();
    };
    connect(&m_analysis, &AnalysisRunner::failed, this, noResult);
    connect(&m_analysis, &AnalysisRunner::cancelled, this, noResult);
}

void PinsController::cancel()
{
    m_detail.cancel();
    m_analysis.cancel();
}

void PinsController::pinAsB()
{
    if (!m_session.pinAsB())
        m_window.showError(
            tr("%1 pins are there already: remove one in the Compare menu first.").arg(Setup::maxPins));
}

void PinsController::showSetup()
{
    const Layer* layer = m_session.network() && m_session.currentLayer()
                             ? &m_session.network()->layer(*m_session.currentLayer())
                             : nullptr;
    m_window.setSetup(m_session.setup(), m_session.scope(), layer);
}

void PinsController::requestB()
{
    const Pin* b = m_session.setup().pinB();
    if (!b || !m_session.network()) {
        cancel();
        m_wantedPicture.reset();
        m_wantedResult.reset();
        return;
    }
    requestPicture(*b);
    // The whole network waits for A's: both at once would take the cores from the one that is looked at.
    if (!m_session.resultB() && m_session.result() && m_wantedResult != b->settings) {
        m_wantedResult = b->settings;
        m_analysis.request(m_session.network(), b->settings);
    }
}

void PinsController::requestPicture(const Pin& b)
{
    const auto& picture = m_session.picture();
    if (!picture || picture->layer != m_session.currentLayer())
        return;
    const Scheme& scheme = schemeFor(b.settings, picture->info().name);
    // The same set as A's, where there is one.
    const auto set = haveSameSets(scheme, picture->scheme()) ? picture->detail.set : std::nullopt;
    const auto& present = m_session.pictureB();
    if (present && present->detail.set == set
        && (set || present->setCount() < 2 || present->detail.setEnds.has_value() == m_session.isInValues()))
        return;
    const PictureRequest wanted{m_session.network(), picture->layer, scheme, set, m_session.isInValues()};
    if (m_wantedPicture == wanted && m_detail.isRunning())
        return;
    m_wantedPicture = wanted;
    m_detail.start(wanted);
}

} // namespace quantoscope
