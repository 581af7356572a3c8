// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/giveninputs.h"

#include "app/cli/dimensions.h"
#include "app/cli/evaluatedata.h"
#include "core/analysis/ptq/capturedinputs.h"
#include "core/formats/numpy/npy.h"
#include "core/support/error.h"
#include "core/support/sha256.h"

#include <filesystem>

namespace quantoscope {

GivenInputs::GivenInputs(const InputArguments& arguments, const NetworkInput& network, Job& job)
    : m_arguments(arguments)
{
    if (!arguments.layerInputs.empty() && !arguments.samples.empty())
        throw UsageError(
            "Give either --layer-inputs, what layers are fed, or --inputs, what the network is fed.");
    if (!arguments.layerInputs.empty())
        read();
    if (!arguments.samples.empty())
        capture(network, job);
}

void GivenInputs::read()
{
    if (!m_arguments.layerInputs.ends_with(".npz")) {
        const Tensor tensor = readNpy(m_arguments.layerInputs);
        m_byLayer[""] = {floatsOf(tensor), tensor.shape};
        return;
    }
    for (const NamedTensor& entry : readNpz(m_arguments.layerInputs))
        m_byLayer[entry.name] = {floatsOf(entry.tensor), entry.tensor.shape};
}

void GivenInputs::capture(const NetworkInput& network, Job& job)
{
    if (network.network->format != "onnx")
        throw Error(ErrorCode::Unsupported,
                    "'" + network.given
                        + "' is no network that can be run on --inputs: that takes an .onnx file.",
                    network.given);
    LoadOptions load;
    load.foldBatchNorm = false; // the weights analyzed are those of the file
    load.dimensions = dimensionsIn(m_arguments.dimensions);
    const std::shared_ptr<const RunModel> model = loadRunModel(network.path, load, job.stop);
    DataArguments data;
    data.inputs = m_arguments.samples;
    data.constants = m_arguments.constants;
    const OpenedData opened = openData(data, network, model, job);
    m_samples = opened.order.size();
    ProgressLine progress(job);
    std::vector<CapturedInputs> captured =
        captureInputs(model, *opened.inputs, opened.order, m_arguments.rows, m_arguments.seed, job.stop,
                      progress.function());
    for (std::size_t i = 0; i < captured.size(); ++i) {
        const std::string& name = model->network->layers[i].name;
        LayerRows& rows = captured[i].rows;
        if (captured[i].reason.empty() && rows.groups > 1)
            captured[i].reason = "its groups see different inputs";
        if (!captured[i].reason.empty()) {
            m_reasons[name] = captured[i].reason;
            continue;
        }
        const Shape shape{static_cast<std::int64_t>(rows.rows()), static_cast<std::int64_t>(rows.features)};
        auto values = std::make_shared<const std::vector<float>>(std::move(rows.values));
        m_byLayer[name] = {{*values, values}, shape};
    }
}

void GivenInputs::apply(LayerData& data, const std::string& layer) const
{
    const auto own = m_byLayer.find(layer);
    const auto found = own != m_byLayer.end() ? own : m_byLayer.find("");
    if (found != m_byLayer.end())
        data.setInputs(found->second.values, found->second.shape);
}

std::vector<std::string> GivenInputs::notes(const std::vector<const Layer*>& layers) const
{
    std::vector<std::string> notes;
    for (const Layer* layer : layers)
        if (const auto reason = m_reasons.find(layer->name); reason != m_reasons.end())
            notes.push_back("No inputs of '" + layer->name + "': " + reason->second + ".");
    return notes;
}

void GivenInputs::describe(Provenance& provenance, std::stop_token stop) const
{
    const std::string& given = m_arguments.samples.empty() ? m_arguments.layerInputs : m_arguments.samples;
    if (given.empty())
        return;
    provenance.data = given;
    if (std::filesystem::is_regular_file(given))
        provenance.dataSha256 = sha256OfFile(given, std::move(stop));
    if (m_samples > 0) {
        provenance.samples = m_samples;
        provenance.seeds.push_back(m_arguments.seed);
    } else if (const auto all = m_byLayer.find(""); all != m_byLayer.end() && all->second.shape.size() == 2) {
        provenance.samples = static_cast<std::uint64_t>(all->second.shape[0]);
    }
}

} // namespace quantoscope
