// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runcache.h"

#include "app/sample.h"
#include "core/runtime/execute/networksession.h"
#include "core/samples/opensamples.h"
#include "core/support/progress.h"

#include <numeric>

namespace quantoscope {

namespace {

std::vector<InputSpec> inputsOf(const std::shared_ptr<const RunModel>& model, std::stop_token stop)
{
    std::vector<InputSpec> specs;
    const NetworkSession session(model, {}, {}, std::move(stop));
    for (const GraphValue& input : session.inputs())
        specs.push_back({input.name, input.dtype, input.shape});
    return specs;
}

RunRequest namesOf(const RunRequest& request, bool calibration)
{
    RunRequest names;
    names.inputs = calibration ? request.calibration : request.inputs;
    names.labels = calibration ? QString() : request.labels;
    names.preprocess = request.preprocess;
    return names;
}

} // namespace

std::shared_ptr<const RunModel> RunCache::model(const std::shared_ptr<const Network>& network,
                                                std::stop_token stop)
{
    const std::lock_guard lock(m_mutex);
    if (m_network != network) {
        m_model.reset();
        m_model = loadRunModel(network->path, {}, std::move(stop));
        m_network = network;
    }
    return m_model;
}

std::shared_ptr<const SampleSource> RunCache::samples(const std::shared_ptr<const Network>& network,
                                                      const RunRequest& request, bool calibration,
                                                      std::stop_token stop)
{
    const RunRequest names = namesOf(request, calibration);
    if (names.inputs.isEmpty())
        return nullptr;
    const auto runModel = model(network, stop);
    const std::lock_guard lock(m_mutex);
    Opened& opened = m_opened[calibration ? 1 : 0];
    if (!opened.source || opened.network != network || !(opened.request == names)) {
        opened = {};
        SampleOptions options;
        options.inputs = inputsOf(runModel, stop);
        options.labels = names.labels.toStdString();
        options.preprocess = names.preprocess.toStdString();
        options.digits = sampleNetworkPath().parent_path() / "digits.npz";
        options.calibration = calibration;
        throwIfStopped(stop);
        opened = {network, names, openSamples(names.inputs.toStdString(), options)};
    }
    return opened.source;
}

SampleOrder allOf(const SampleSource& source)
{
    SampleOrder order(source.count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

} // namespace quantoscope
