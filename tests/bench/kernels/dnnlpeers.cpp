// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/dnnlpeers.h"

#ifdef QUANTOSCOPE_DNNL

#include <dnnl.hpp>
#include <omp.h>

#include <cstring>
#include <memory>
#include <unordered_map>

namespace quantoscope::bench {

namespace {

using dnnl::memory;

/// Work on one engine, whose OpenMP threads are set before each call: the setting is the calling thread's.
struct Work
{
    explicit Work(int count) : threads(count) { omp_set_num_threads(threads); }

    memory any(const memory::desc& desc) { return memory(desc, engine); }
    template <typename T>
    memory holding(const memory::desc& desc, std::span<const T> values)
    {
        memory held(desc, engine);
        std::memcpy(held.get_data_handle(), values.data(), values.size_bytes());
        return held;
    }
    memory reordered(memory& from, const memory::desc& desc)
    {
        memory to(desc, engine);
        dnnl::reorder(from, to).execute(stream, from, to);
        stream.wait();
        return to;
    }

    int threads;
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
};

/// A primitive with its arguments, ready to be called.
struct Call
{
    std::shared_ptr<Work> work;
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;

    void operator()()
    {
        omp_set_num_threads(work->threads);
        primitive.execute(work->stream, arguments);
        work->stream.wait();
    }
};

template <typename A, typename B>
std::vector<std::function<void()>>
matMul(std::span<const A> a, std::span<const B> b, const MatrixSizes& sizes, int threads, std::size_t copies,
       memory::data_type aType, memory::data_type bType, memory::data_type cType)
{
    using tag = memory::format_tag;
    const auto m = static_cast<memory::dim>(sizes.m);
    const auto n = static_cast<memory::dim>(sizes.n);
    const auto k = static_cast<memory::dim>(sizes.k);
    const auto work = std::make_shared<Work>(threads);
    const memory::desc aDesc({m, k}, aType, tag::ab);
    const memory::desc cDesc({m, n}, cType, tag::ab);
    const dnnl::matmul::primitive_desc desc(
        dnnl::matmul::desc(aDesc, memory::desc({k, n}, bType, tag::any), cDesc), work->engine);
    const dnnl::matmul primitive(desc);
    memory aMemory = work->holding(aDesc, a);
    memory plain = work->holding(memory::desc({k, n}, bType, tag::ab), b);
    memory cMemory = work->any(cDesc);
    std::vector<std::function<void()>> calls;
    for (std::size_t copy = 0; copy < copies; ++copy)
        calls.push_back(Call{work,
                             primitive,
                             {{DNNL_ARG_SRC, aMemory},
                              {DNNL_ARG_WEIGHTS, work->reordered(plain, desc.weights_desc())},
                              {DNNL_ARG_DST, cMemory}}});
    return calls;
}

} // namespace

std::string dnnlVersion()
{
    const dnnl::version_t* const version = dnnl::version();
    return "oneDNN " + std::to_string(version->major) + '.' + std::to_string(version->minor) + '.'
           + std::to_string(version->patch);
}

std::vector<std::function<void()>> dnnlMatMul(std::span<const float> a, std::span<const float> b,
                                              const MatrixSizes& sizes, int threads, std::size_t copies)
{
    using type = memory::data_type;
    return matMul(a, b, sizes, threads, copies, type::f32, type::f32, type::f32);
}

std::vector<std::function<void()>> dnnlMatMul(std::span<const std::uint8_t> a, std::span<const std::int8_t> b,
                                              const MatrixSizes& sizes, int threads, std::size_t copies)
{
    using type = memory::data_type;
    return matMul(a, b, sizes, threads, copies, type::u8, type::s8, type::s32);
}

std::function<void()> dnnlConv(const DnnlConv& conv, int threads)
{
    using tag = memory::format_tag;
    using type = memory::data_type;
    const auto work = std::make_shared<Work>(threads);
    const memory::desc any({1, conv.channels, conv.side, conv.side}, type::f32, tag::any);
    const memory::dims weights = conv.groups == 1
                                     ? memory::dims{conv.outputs, conv.channels, conv.kernel, conv.kernel}
                                     : memory::dims{conv.groups, conv.outputs / conv.groups,
                                                    conv.channels / conv.groups, conv.kernel, conv.kernel};
    const dnnl::convolution_forward::primitive_desc desc(
        {dnnl::prop_kind::forward_inference,
         dnnl::algorithm::convolution_direct,
         any,
         {weights, type::f32, tag::any},
         {{1, conv.outputs, conv.side, conv.side}, type::f32, tag::any},
         {1, 1},
         {conv.pad, conv.pad},
         {conv.pad, conv.pad}},
        work->engine);
    Call call{work, dnnl::convolution_forward(desc), {}};
    for (const auto& [argument, memoryDesc] :
         {std::pair{DNNL_ARG_SRC, desc.src_desc()}, std::pair{DNNL_ARG_WEIGHTS, desc.weights_desc()},
          std::pair{DNNL_ARG_DST, desc.dst_desc()}}) {
        memory held = work->any(memoryDesc);
        std::memset(held.get_data_handle(), 0, memoryDesc.get_size());
        call.arguments.emplace(argument, held);
    }
    return call;
}

} // namespace quantoscope::bench

#else

namespace quantoscope::bench {

std::string dnnlVersion() { return {}; }
std::vector<std::function<void()>> dnnlMatMul(std::span<const float>, std::span<const float>,
                                              const MatrixSizes&, int, std::size_t)
{
    return {};
}
std::vector<std::function<void()>> dnnlMatMul(std::span<const std::uint8_t>, std::span<const std::int8_t>,
                                              const MatrixSizes&, int, std::size_t)
{
    return {};
}
std::function<void()> dnnlConv(const DnnlConv&, int) { return nullptr; }

} // namespace quantoscope::bench

#endif
