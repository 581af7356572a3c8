// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace quantoscope {

/// At least `bytes` of this thread, aligned to 64 bytes, contents undefined, valid until its next call: kernels decode into memory
/// that is mapped already. Not to be held across a call that may run other tasks.
std::byte* threadScratch(std::size_t bytes);

} // namespace quantoscope
