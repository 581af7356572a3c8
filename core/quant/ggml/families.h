// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/blockcodec.h"

namespace quantoscope::ggml {

/// The formats of one source file each; ggmlCodecs() strings them together.
std::span<const BlockCodec> legacyCodecs();    ///< q4_0 q4_1 q5_0 q5_1 q8_0
std::span<const BlockCodec> kCodecs();         ///< q2_k q3_k q4_k q5_k q6_k
std::span<const BlockCodec> nonLinearCodecs(); ///< iq4_nl iq4_xs
std::span<const BlockCodec> ternaryCodecs();   ///< tq1_0 tq2_0

} // namespace quantoscope::ggml
