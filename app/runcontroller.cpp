// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runcontroller.h"

#include "ui/mainwindow.h"
#include "ui/plots/activationplot.h"
#include "ui/views/activationsview.h"
#include "ui/views/runform.h"
#include "ui/views/runview.h"

using namespace Qt::StringLiterals;

namespace quantoscope {

RunController::RunController(MainWindow& window, Session& session, QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_cache(std::make_shared<RunCache>()),
      m_run(m_cache), m_activations(m_cache)
{
    RunView* view = window.runView();
    connect(view, &RunView::runRequested, this, &RunController::startRun);
    connect(view, &RunView::cancelRequested, this, [this] { m_run.cancel(); });
    connect(view, &RunView::layerActivated, this, [this](const QString& name) {
        if (const auto layer = m_session.network()->findLayer(name.toStdString()))
            m_session.setCurrentLayer(layer);
    });
    connect(view->form(), &RunForm::edited, this, [this] {
        showStaleness();
        requestActivations();
    });
    connect(window.activationsView()->plot(), &ActivationPlot::ruleChosen, this,
            [this, view](const RangeRule& rule) {
                RunRequest request = view->form()->request();
                request.act.range = rule;
                view->form()->setRequest(request);
                emit view->form()->edited();
            });
    connect(&window, &MainWindow::tabChanged, this, &RunController::requestActivations);
    connect(&session, &Session::currentLayerChanged, this, &RunController::requestActivations);
    connect(&session, &Session::schemeChanged, this, &RunController::schemeChanged);
    connectRunners();
    networkOpened(false);
}

void RunController::connectRunners()
{
    RunView* view = m_window.runView();
    connect(&m_run, &NetworkRunner::succeeded, this, &RunController::runReady);
    connect(&m_run, &NetworkRunner::cancelled, this, [view] { view->setRunning(false); });
    connect(&m_run, &NetworkRunner::failed, this, [view](const JobError& error) {
        view->setRunning(false);
        view->setError(error.message);
    });
    connect(&m_run, &NetworkRunner::progressed, this, [view](Stage stage, int permille) {
        view->setProgress(stage == Stage::Capturing ? tr("Running samples") : tr("Quantizing layers"),
                          permille);
    });

    ActivationsView* tab = m_window.activationsView();
    connect(&m_activations, &ActivationRunner::succeeded, this,
            [this, tab](const std::shared_ptr<const ActivationPicture>& picture) {
                if (m_wanted && picture->network == m_wanted->network && picture->layer == m_wanted->layer)
                    tab->setPicture(picture);
            });
    connect(&m_activations, &ActivationRunner::failed, this,
            [tab](const JobError& error) { tab->setMessage(error.message, true); });
    connect(&m_activations, &ActivationRunner::cancelled, this, [this, tab] {
        m_wanted.reset();
        tab->setMessage(tr("Stopped. Choose a layer to look at what it is fed."));
    });
}

QString RunController::whyNotRunnable() const
{
    const auto& network = m_session.network();
    if (!network)
        return tr("Open a network (Ctrl+O) to run it on samples.");
    if (network->format != "onnx")
        return tr("This file holds arrays, no network that can be run.");
    return {};
}

void RunController::networkOpened(bool isSample)
{
    m_run.cancel();
    m_activations.cancel();
    m_result.reset();
    m_wanted.reset();
    RunView* view = m_window.runView();
    RunRequest request = view->form()->request();
    request.inputs = isSample ? u"sample"_s : QString();
    request.calibration = request.inputs;
    request.labels.clear();
    request.preprocess.clear();
    view->form()->setRequest(request);
    view->setRun(nullptr);
    view->setUnable(whyNotRunnable());
    requestActivations();
    emit resultChanged();
}

void RunController::cancel()
{
    m_run.cancel();
    m_activations.cancel();
}

void RunController::startRun()
{
    if (!whyNotRunnable().isEmpty())
        return;
    m_window.runView()->setRunning(true);
    m_run.start(m_session.network(), m_session.settings(), m_window.runView()->form()->request());
}

void RunController::runReady(std::shared_ptr<const NetworkRun> run)
{
    m_window.runView()->setRunning(false);
    if (run->network != m_session.network())
        return;
    m_result = std::move(run);
    m_window.runView()->setRun(m_result);
    showStaleness();
    emit resultChanged();
}

void RunController::schemeChanged()
{
    // A scheme that brings activations along says how they are quantized.
    if (const auto& act = m_session.scheme().act) {
        RunForm* form = m_window.runView()->form();
        RunRequest request = form->request();
        if (!(request.act == *act)) {
            request.act = *act;
            form->setRequest(request);
            requestActivations();
        }
    }
    showStaleness();
}

void RunController::showStaleness()
{
    if (!m_result)
        return;
    const bool scheme = m_result->schemes == m_session.settings();
    const bool request = m_result->request == m_window.runView()->form()->request();
    m_window.runView()->setStale(!scheme    ? tr("The scheme is another one by now: run again.")
                                 : !request ? tr("Samples or mode are others by now: run again.")
                                            : QString());
}

void RunController::requestActivations()
{
    ActivationsView* tab = m_window.activationsView();
    const QString why = whyNotRunnable();
    const RunRequest request = m_window.runView()->form()->request();
    if (!why.isEmpty() || request.calibration.isEmpty() || !m_session.currentLayer()) {
        m_activations.cancel();
        m_wanted.reset();
        return tab->setMessage(
            !why.isEmpty() ? why
            : request.calibration.isEmpty()
                ? tr("What a layer is fed is known on samples only: give calibration samples in "
                     "the Run tab.")
                : tr("Choose a layer."),
            why.isEmpty() && request.calibration.isEmpty());
    }
    RunRequest names; // the rest changes nothing of the picture
    names.calibration = request.calibration;
    names.preprocess = request.preprocess;
    names.act = request.act;
    const Wanted wanted{m_session.network(), *m_session.currentLayer(), names};
    if (!tab->isVisible() || m_wanted == wanted)
        return;
    if (!m_wanted)
        tab->setMessage(tr("Running the calibration samples…"));
    m_wanted = wanted;
    tab->setStale(true);
    m_activations.start(wanted.network, wanted.layer, names);
}

} // namespace quantoscope
