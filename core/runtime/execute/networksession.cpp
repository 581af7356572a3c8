// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/execute/networksession.h"

#include "core/formats/utf8.h"
#include "core/runtime/environment.h"
#include "core/runtime/execute/inputvalues.h"
#include "core/runtime/execute/ortvalues.h"
#include "core/runtime/execute/skeleton.h"
#include "core/runtime/model/graphs.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"
#include "core/support/progress.h"

#include <algorithm>
#include <mutex>
#include <set>

namespace quantoscope {

namespace {

/// What the values that a session gives out may point into.
struct Roots
{
    std::shared_ptr<Ort::Env> env = environment();
    std::shared_ptr<const RunModel> model;
    std::vector<Tensor> weights; ///< handed over to ONNX Runtime, which keeps the addresses
};

Ort::SessionOptions optionsFor(const SessionOptions& wanted, const RunModel& model)
{
    Ort::SessionOptions options = sessionOptions(wanted.threads);
    options.SetGraphOptimizationLevel(wanted.optimization == Optimization::Off ? ORT_DISABLE_ALL
                                                                               : ORT_ENABLE_ALL);
    if (!wanted.quantizedFusions)
        options.AddConfigEntry("session.disable_quant_qdq", "1");
    options.AddConfigEntry("session.model_external_initializers_file_folder_path",
                           model.folder.empty() ? "." : model.folder.c_str());
    return options;
}

/// Calls ONNX Runtime, whose errors become ours.
template <class Call>
auto withErrors(const std::string& file, const std::stop_token& stop, const Call& call)
{
    try {
        return call();
    } catch (const Ort::Exception& exception) {
        throwIfStopped(stop); // then this is what it failed of
        throw Error(ErrorCode::Unsupported,
                    "ONNX Runtime does not run '" + file + "': " + validUtf8(exception.what()), file);
    }
}

/// `role`: "Input" or "Output".
GraphInput valueOf(const std::string& role, const std::string& name, const Ort::TypeInfo& type,
                   const std::string& file)
{
    const std::string what = role + " '" + validUtf8(name) + "' of '" + file + "' ";
    if (type.GetONNXType() != ONNX_TYPE_TENSOR)
        throw Error(ErrorCode::Unsupported,
                    what + "is a sequence, a map or optional; only tensors are supported.", name);
    const auto tensor = type.GetTensorTypeAndShapeInfo();
    const auto dtype = dtypeOf(tensor.GetElementType());
    if (!dtype)
        throw Error(ErrorCode::Unsupported, what + "holds text or numbers of a type that is not supported.",
                    name);
    return {{name, *dtype, tensor.GetShape()}, tensor.HasShape()};
}

void checkObserved(const RunModel& model, const std::vector<std::string>& observed)
{
    std::set<std::string> main;
    std::set<std::string> inBodies;
    std::set<std::string> stored;
    const auto& graph = model.proto.graph();
    forEachGraph(graph, [&](const onnx::GraphProto& each) {
        for (const auto& node : each.node())
            for (const std::string& output : node.output())
                (&each == &graph ? main : inBodies).insert(output);
    });
    for (const auto& input : graph.input())
        main.insert(input.name());
    for (const auto& tensor : graph.initializer())
        stored.insert(tensor.name());
    for (const std::string& name : observed) {
        if (!name.empty() && main.contains(name))
            continue;
        const std::string reason = stored.contains(name)      ? "it is a constant of the file"
                                   : !inBodies.contains(name) ? "the network has no such value"
                                                              : "it lies in the body of an If, Loop or Scan";
        throw Error(ErrorCode::InvalidArgument,
                    "Value '" + validUtf8(name) + "' of '" + model.file + "' cannot be observed: " + reason
                        + ".",
                    name);
    }
}

bool overlaps(std::span<const std::byte> a, std::span<const std::byte> b)
{
    return !a.empty() && a.data() >= b.data() && a.data() < b.data() + b.size();
}

Tensor copyOf(const Tensor& tensor)
{
    auto held = std::make_shared<std::vector<std::byte>>(tensor.bytes.begin(), tensor.bytes.end());
    return {tensor.dtype, tensor.shape, *held, held};
}

} // namespace

struct NetworkSession::Impl
{
    Impl(std::shared_ptr<const RunModel> model, const SessionOptions& options,
         std::shared_ptr<CustomOperators> customOperators, const std::stop_token& stop)
        : threads(options.threads), roots(std::make_shared<Roots>()), operators(std::move(customOperators))
    {
        throwIfStopped(stop);
        roots->model = std::move(model);
        checkObserved(*roots->model, options.observed);
        const auto& graph = roots->model->proto.graph();
        for (const auto& input : graph.input())
            graphInputs.insert(input.name());
        for (const auto& output : graph.output())
            wanted.push_back(output.name());
        std::vector<std::string> made;
        for (const std::string& name : options.observed) {
            wanted.push_back(name);
            if (!graphInputs.contains(name))
                made.push_back(name);
        }
        withErrors(file(), stop, [&] {
            create(options, made, stop);
            describe();
        });
        throwIfStopped(stop);
    }

    const std::string& file() const { return roots->model->file; }

    void create(const SessionOptions& wantedOptions, const std::vector<std::string>& observed,
                const std::stop_token& stop)
    {
        Skeleton skeleton = skeletonOf(*roots->model, observed);
        roots->weights = std::move(skeleton.tensors);
        std::vector<Ort::Value> views;
        for (const Tensor& weight : roots->weights)
            views.push_back(viewOf(weight));
        Ort::SessionOptions options = optionsFor(wantedOptions, *roots->model);
        if (!views.empty())
            options.AddExternalInitializers(skeleton.names, views);
        for (CustomOperators* each = operators.get(); each != nullptr; each = each->next.get())
            options.Add(each->domain());
        const std::stop_callback cancel(stop, [&options] { options.SetLoadCancellationFlag(true); });
        // ONNX Runtime keeps the domains of all sessions in one table, which two must not fill at once.
        static std::mutex mutex;
        const std::lock_guard lock(mutex);
        session = Ort::Session(*roots->env, skeleton.bytes.data(), skeleton.bytes.size(), options);
    }

    void describe()
    {
        Ort::AllocatorWithDefaultOptions allocator;
        for (std::size_t i = 0; i < session.GetInputCount(); ++i) {
            inputs.push_back(valueOf("Input", session.GetInputNameAllocated(i, allocator).get(),
                                     session.GetInputTypeInfo(i), file()));
            inputValues.push_back(inputs.back().value);
        }
        std::vector<GraphValue> given;
        for (std::size_t i = 0; i < session.GetOutputCount(); ++i) {
            given.push_back(valueOf("Output", session.GetOutputNameAllocated(i, allocator).get(),
                                    session.GetOutputTypeInfo(i), file())
                                .value);
            ortOutputs.push_back(given.back().name);
        }
        given.insert(given.end(), inputValues.begin(), inputValues.end());
        for (const std::string& name : wanted) {
            const auto found = std::find_if(given.begin(), given.end(),
                                            [&](const auto& value) { return value.name == name; });
            places.push_back(static_cast<std::size_t>(found - given.begin()));
            outputs.push_back(given.at(places.back()));
        }
    }

    std::vector<Tensor> run(std::span<const InputValue> values, const std::stop_token& stop)
    {
        throwIfStopped(stop);
        const std::vector<Tensor> given = matchedInputs(values, inputs, file());
        std::vector<Tensor> results = withErrors(file(), stop, [&] { return call(given, stop); });
        for (const Tensor& tensor : given)
            results.push_back(tensor);
        std::vector<Tensor> ordered;
        for (const std::size_t place : places)
            ordered.push_back(place < ortOutputs.size() ? results[place] : copyOf(results[place]));
        return ordered;
    }

    std::vector<Tensor> call(const std::vector<Tensor>& given, const std::stop_token& stop)
    {
        std::vector<const char*> names;
        std::vector<Ort::Value> views;
        for (std::size_t i = 0; i < given.size(); ++i) {
            names.push_back(inputs[i].value.name.c_str());
            views.push_back(viewOf(given[i]));
        }
        std::vector<const char*> asked;
        for (const std::string& name : ortOutputs)
            asked.push_back(name.c_str());
        Ort::RunOptions options;
        const std::stop_callback cancel(stop, [&options] { options.SetTerminate(); });
        std::vector<Ort::Value> values;
        onThreads(threads, [&] { // operators of ours run in the calling thread, on as many as it may use
            values =
                session.Run(options, names.data(), views.data(), views.size(), asked.data(), asked.size());
        });
        std::vector<Tensor> results;
        for (std::size_t i = 0; i < values.size(); ++i)
            results.push_back(tensorOf(std::move(values[i]), ortOutputs[i], given));
        return results;
    }

    Tensor tensorOf(Ort::Value value, const std::string& name, const std::vector<Tensor>& given) const
    {
        if (!value.IsTensor())
            throw Error(ErrorCode::Unsupported,
                        "Output '" + validUtf8(name) + "' of '" + file() + "' is no tensor.", name);
        const auto info = value.GetTensorTypeAndShapeInfo();
        const auto dtype = dtypeOf(info.GetElementType());
        if (!dtype)
            throw Error(ErrorCode::Unsupported,
                        "Output '" + validUtf8(name) + "' of '" + file() + "' is of an unsupported type.",
                        name);
        Tensor tensor{*dtype, info.GetShape(), {}, {}};
        tensor.bytes = {static_cast<const std::byte*>(value.GetTensorRawData()),
                        packedBytes(*dtype, info.GetElementCount())};
        for (const Tensor& input : given)
            if (overlaps(tensor.bytes, input.bytes)) // an input that the graph gives out as it is
                return copyOf(tensor);
        struct Held
        {
            std::shared_ptr<const Roots> roots;
            Ort::Value value;
        };
        tensor.owner = std::make_shared<Held>(Held{roots, std::move(value)});
        return tensor;
    }

    int threads;
    std::shared_ptr<Roots> roots;
    std::shared_ptr<CustomOperators> operators; ///< outlives the session
    Ort::Session session{nullptr};
    std::set<std::string> graphInputs;
    std::vector<std::string> wanted; ///< names of `outputs`
    std::vector<std::string> ortOutputs;
    std::vector<std::size_t> places; ///< of each of `wanted`: in ortOutputs, behind them in `inputs`
    std::vector<GraphInput> inputs;
    std::vector<GraphValue> inputValues;
    std::vector<GraphValue> outputs;
};

NetworkSession::NetworkSession(std::shared_ptr<const RunModel> model, const SessionOptions& options,
                               std::shared_ptr<CustomOperators> operators, std::stop_token stop)
    : m_impl(std::make_unique<Impl>(std::move(model), options, std::move(operators), stop))
{
}

NetworkSession::~NetworkSession() = default;
NetworkSession::NetworkSession(NetworkSession&&) noexcept = default;
NetworkSession& NetworkSession::operator=(NetworkSession&&) noexcept = default;

const std::vector<GraphValue>& NetworkSession::inputs() const { return m_impl->inputValues; }
const std::vector<GraphValue>& NetworkSession::outputs() const { return m_impl->outputs; }

std::vector<Tensor> NetworkSession::run(std::span<const InputValue> inputs, std::stop_token stop)
{
    return m_impl->run(inputs, stop);
}

} // namespace quantoscope
