// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include "core/runtime/peers/ortpeers.h"

#include <memory>

namespace quantoscope::bench {

std::function<void()> onnxRuntimeQuantize(std::span<float> values)
{
    const Tensor x = tensorFrom<float>({static_cast<std::int64_t>(values.size())}, values);
    return [peer = std::make_shared<OrtPeer>(ortQuantizeLinear(x, {DType::I8, 0.05f, 0}))] { peer->run(); };
}

} // namespace quantoscope::bench
