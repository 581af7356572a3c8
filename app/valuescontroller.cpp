// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/valuescontroller.h"

#include "ui/focusbus.h"
#include "ui/mainwindow.h"
#include "ui/models/schemechoices.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/valuesview.h"

#include <algorithm>

namespace quantoscope {

namespace {

constexpr int afterPictureMs = 50; ///< a slider on its way needs the cores for pictures
constexpr std::size_t densityBins = 161;

/// What clip curves depend on: the scheme without its range and width.
Scheme curveKey(Scheme scheme)
{
    scheme.range = {};
    return scheme;
}

std::shared_ptr<const ClipCurves> clipCurves(LayerData& data, const ValuesRequest& request,
                                             const ClipCurves* known, const std::stop_token& stop)
{
    ClipCurves made;
    made.scheme = request.scheme;
    for (const int bits : request.widths) {
        const ClipCurve* same = nullptr;
        if (known && curveKey(known->scheme) == curveKey(request.scheme))
            for (const ClipCurve& curve : known->curves)
                same = curve.bits == bits ? &curve : same;
        made.curves.push_back(same ? *same : clipCurve(data, request.scheme, bits, stop));
    }
    if (canClip(request.scheme)) {
        const auto params = data.params(request.scheme, stop);
        made.presentRatio = presentClipRatio(data, *params, stop);
        made.presentMse = data.report(request.scheme, stop).metrics.mse;
        made.sets = params->sets.size();
    }
    return std::make_shared<const ClipCurves>(std::move(made));
}

std::shared_ptr<const ProfilePicture> profile(LayerData& data, const Scheme& scheme,
                                              const std::stop_token& stop)
{
    const auto params = data.params(scheme, stop);
    ProfilePicture picture{scheme, errorProfile(data.arranged(scheme), *params, stop), std::nullopt};
    if (params->sets.size() == 1 && params->tables.empty())
        picture.step = std::abs(static_cast<double>(params->sets.front().scale));
    return std::make_shared<const ProfilePicture>(std::move(picture));
}

std::shared_ptr<const RulerPicture> ruler(LayerData& data, const Scheme& scheme, const std::stop_token& stop)
{
    RulerPicture picture;
    picture.scheme = scheme;
    picture.grid = gridOf(*data.params(scheme, stop), 0);
    const Granularity granularity = sweepScheme(scheme).granularity;
    Scheme arrangement;
    arrangement.granularity = granularity;
    if (data.valueExtremes().finite > 0)
        picture.density = normalizedHistogram(data.arranged(arrangement), granularity, densityBins, stop);
    return std::make_shared<const RulerPicture>(std::move(picture));
}

bool needsProfile(DetailCharts::Kind kind)
{
    return kind == DetailCharts::Kind::ErrorOverMagnitude || kind == DetailCharts::Kind::StepError
           || kind == DetailCharts::Kind::Occupancy;
}

} // namespace

std::vector<int> clipWidths(const Scheme& scheme, bool all)
{
    std::vector<int> widths{scheme.bits};
    for (int bits = 2; all && hasWidths(scheme.format) && bits <= 8; ++bits)
        if (bits != scheme.bits)
            widths.push_back(bits);
    return widths;
}

ValuesExtras valuesExtras(LayerCache& layers, const ValuesRequest& request, const ValuesExtras& known,
                          const std::stop_token& stop)
{
    const auto data = layers.get(request.network, request.layer);
    ValuesExtras made;
    if (needsProfile(request.kind))
        made.profile = known.profile && known.profile->scheme == request.scheme
                           ? known.profile
                           : profile(*data, request.scheme, stop);
    if (request.kind == DetailCharts::Kind::FormatRuler)
        made.ruler = ruler(*data, request.scheme, stop);
    if (request.b)
        made.sweepB = std::make_shared<const std::vector<SweepPoint>>(
            data->sweep(*request.b, 1, SweepRunner::widest, stop));
    // Last: the best limit, which is marked whatever the chart.
    made.clip = clipCurves(*data, request, known.clip.get(), stop);
    return made;
}

ValuesController::ValuesController(MainWindow& window, Session& session, std::shared_ptr<LayerCache> layers,
                                   QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_layers(std::move(layers)),
      m_job({.succeeded =
                 [this](const auto& extras) {
                     m_extras = *extras;
                     m_madeFor = m_of;
                     m_window.valuesView()->setExtras(m_extras);
                     emit workEnded();
                 },
             .failed =
                 [this](const JobError& error) {
                     m_window.valuesView()->details()->setIssue(error.message);
                     emit workEnded();
                 },
             .cancelled =
                 [this] {
                     m_of.reset();
                     emit workEnded();
                 },
             .progressed = {}})
{
    ValuesView* view = window.valuesView();
    view->setFocusBus(window.focusBus());
    connect(view, &ValuesView::setChosen, &session, &Session::setChosenSet);
    connect(view, &ValuesView::inValuesChosen, &session, &Session::setInValues);
    connect(view, &ValuesView::rangeChosen, &session, &Session::editRange);
    HistogramPlot* histogram = view->histogram();
    connect(histogram, &HistogramPlot::rangeGestureStarted, &session, &Session::beginGesture);
    connect(histogram, &HistogramPlot::rangeGestureFinished, &session, &Session::endGesture);
    connect(histogram, &HistogramPlot::rangeGestureCancelled, &session, &Session::cancelGesture);
    connect(histogram, &HistogramPlot::rangeEdited, &session, &Session::editRange);
    // What was pinned belongs to its layer.
    connect(&session, &Session::currentLayerChanged, window.focusBus(), &FocusBus::clear);
    connect(&window, &MainWindow::cancelRequested, window.focusBus(), &FocusBus::clear);
    m_wait.setSingleShot(true);
    m_wait.setInterval(afterPictureMs);
    connect(&m_wait, &QTimer::timeout, this, &ValuesController::start);
    for (const auto signal : {&Session::pictureChanged, &Session::pictureBChanged})
        connect(&session, signal, this, &ValuesController::update);
    connect(view->details(), &DetailCharts::kindChanged, this, &ValuesController::update);
    connect(&window, &MainWindow::tabChanged, this, &ValuesController::update);
}

ValuesRequest ValuesController::wanted() const
{
    const LayerPicture& picture = *m_session.picture();
    const DetailCharts* details = m_window.valuesView()->details();
    const bool all = details->kind() == DetailCharts::Kind::ClipCurve && details->wantsAllWidths();
    ValuesRequest request{picture.network,  picture.layer,
                          picture.scheme(), clipWidths(picture.scheme(), all),
                          details->kind(),  {}};
    if (m_session.pictureB() && details->kind() == DetailCharts::Kind::ErrorOverBits)
        request.b = sweepScheme(m_session.pictureB()->scheme());
    return request;
}

void ValuesController::update()
{
    const auto& picture = m_session.picture();
    const bool shown = picture && picture->detail.report.params && m_window.valuesView()->isVisible();
    if (!shown || m_of == wanted()) {
        if (!shown) {
            m_wait.stop();
            cancel();
            if (picture && !picture->detail.report.params)
                m_window.valuesView()->details()->setIssue(
                    QString::fromStdString(picture->detail.report.issue));
        }
        return;
    }
    // The picture comes first: an older wish gives the cores back.
    m_job.cancel();
    m_of.reset();
    m_window.valuesView()->details()->setExtrasStale(true);
    m_wait.start();
}

void ValuesController::start()
{
    if (!m_session.picture())
        return emit workEnded();
    const ValuesRequest request = wanted();
    m_of = request;
    const bool sameLayer =
        m_madeFor && m_madeFor->network == request.network && m_madeFor->layer == request.layer;
    m_job.start([layers = m_layers, request, known = sameLayer ? m_extras : ValuesExtras{}](
                    const std::stop_token& stop, const ProgressFn&) {
        return std::make_shared<const ValuesExtras>(valuesExtras(*layers, request, known, stop));
    });
}

void ValuesController::cancel()
{
    m_job.cancel();
    m_of.reset();
}

} // namespace quantoscope
