// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runners.h"

#include "app/thumbnails.h"
#include "core/samples/subset.h"
#include "core/support/error.h"
#include "ui/format.h"

#include <QCoreApplication>

namespace quantoscope {

namespace {

AnalysisSettings withActivations(AnalysisSettings schemes, const ActivationScheme& act)
{
    schemes.scheme.act = act;
    for (auto& [name, scheme] : schemes.overrides)
        scheme.act = act;
    return schemes;
}

EvaluationSettings settingsOf(const AnalysisSettings& schemes, const RunRequest& request)
{
    EvaluationSettings settings;
    const bool weightsOnly = request.mode == QuantizationMode::WeightOnly;
    settings.ptq.schemes = weightsOnly ? schemes : withActivations(schemes, request.act);
    settings.ptq.mode = request.mode;
    settings.engine = request.engine;
    return settings;
}

QStringList notesAbout(const SampleSource& inputs, const SampleSource* calibration,
                       const std::stop_token& stop)
{
    QStringList notes;
    if (inputs.isSynthetic())
        notes << QCoreApplication::translate(
            "NetworkRun", "The samples are made up: the figures say nothing about real data.");
    if (!calibration)
        return notes;
    const Overlap overlap = overlapOf(inputs, *calibration, stop);
    if (overlap.count > 0)
        notes << QCoreApplication::translate(
                     "NetworkRun", "%1 of %2 samples also calibrate the network: the result is better "
                                   "than it would be on new data.")
                     .arg(format::count(overlap.count), format::count(inputs.count()));
    return notes;
}

} // namespace

NetworkRun runNetwork(RunCache& cache, const std::shared_ptr<const Network>& network,
                      const AnalysisSettings& schemes, const RunRequest& request, const std::stop_token& stop,
                      const ProgressFn& progress)
{
    NetworkRun run;
    run.network = network;
    run.request = request;
    run.schemes = schemes;
    const auto model = cache.model(network, stop);
    const auto inputs = cache.samples(network, request, false, stop);
    if (!inputs)
        throw Error(ErrorCode::InvalidArgument, "There are no samples to run the network on: name some.");
    const auto calibration = cache.samples(network, request, true, stop);
    EvaluationData data;
    data.inputs = inputs.get();
    data.order = allOf(*inputs);
    data.labels = inputs->labels();
    data.calibration = calibration.get();
    if (calibration)
        data.calibrationOrder = allOf(*calibration);
    run.data = format::text(inputs->description());
    run.notes = notesAbout(*inputs, calibration.get(), stop);
    run.evaluation = evaluate(model, settingsOf(schemes, request), data, stop, progress);
    for (const std::string& note : run.evaluation.notes)
        run.notes << format::text(note);
    if (const auto& answers = run.evaluation.judgement.answers)
        for (const FlippedAnswer& flipped : answers->flipped) {
            throwIfStopped(stop);
            run.thumbnails.push_back(thumbnailOf(*inputs, flipped.sample));
        }
    return run;
}

ActivationPicture activationPicture(RunCache& cache, const std::shared_ptr<const Network>& network,
                                    LayerId layer, const RunRequest& request, const std::stop_token& stop,
                                    const ProgressFn& progress)
{
    const auto model = cache.model(network, stop);
    const auto samples = cache.samples(network, request, true, stop);
    if (!samples)
        throw Error(ErrorCode::InvalidArgument, "There are no calibration samples.");
    // Folding batch norm keeps the names of the layers.
    const std::string& name = network->layer(layer).name;
    const auto same = model->network->findLayer(name);
    if (!same)
        throw Error(ErrorCode::Unsupported, "Layer '" + name + "' is not among those that are run.", name);
    ActivationPicture picture{network, layer, format::text(samples->description()), request.act, {}};
    ActivationDetailSettings settings;
    settings.act = request.act;
    picture.detail = activationDetail(model, *same, *samples, allOf(*samples), settings, stop, progress);
    return picture;
}

NetworkRunner::NetworkRunner(std::shared_ptr<RunCache> cache, QObject* parent)
    : QObject(parent), m_cache(std::move(cache)),
      m_job({.succeeded = [this](const auto& run) { emit succeeded(run); },
             .failed = [this](const JobError& error) { emit failed(error); },
             .cancelled = [this] { emit cancelled(); },
             .progressed = [this](Stage stage, int permille) { emit progressed(stage, permille); }})
{
}

void NetworkRunner::start(const std::shared_ptr<const Network>& network, const AnalysisSettings& schemes,
                          const RunRequest& request)
{
    m_job.start([cache = m_cache, network, schemes, request](const std::stop_token& stop,
                                                             const ProgressFn& progress) {
        return std::make_shared<const NetworkRun>(
            runNetwork(*cache, network, schemes, request, stop, progress));
    });
}

ActivationRunner::ActivationRunner(std::shared_ptr<RunCache> cache, QObject* parent)
    : QObject(parent), m_cache(std::move(cache)),
      m_job({.succeeded = [this](const auto& picture) { emit succeeded(picture); },
             .failed = [this](const JobError& error) { emit failed(error); },
             .cancelled = [this] { emit cancelled(); },
             .progressed = [this](Stage stage, int permille) { emit progressed(stage, permille); }})
{
}

void ActivationRunner::start(const std::shared_ptr<const Network>& network, LayerId layer,
                             const RunRequest& request)
{
    m_job.start(
        [cache = m_cache, network, layer, request](const std::stop_token& stop, const ProgressFn& progress) {
            return std::make_shared<const ActivationPicture>(
                activationPicture(*cache, network, layer, request, stop, progress));
        });
}

} // namespace quantoscope
