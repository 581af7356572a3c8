// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/network.h"

#include <string>

namespace quantoscope {

/// A value that the file fixes: a stored tensor, or one computed from stored tensors.
struct Constant
{
    Tensor tensor; ///< values, or codes when `stored` is set
    std::optional<StoredQuantization> stored;
    std::string name; ///< of the tensor in the file it is made of; of the value itself when of several
    /// Equal keys mean the same tensor of the file, seen as it is or with its elements reordered or
    /// reshaped; so a weight used both plainly and transposed is one weight.
    std::string key;
};

} // namespace quantoscope
