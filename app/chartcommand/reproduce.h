// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/commandline.h"

namespace quantoscope {

/// `reproduce F`: runs the command inside a chart or report again and compares every deterministic number and the drawing. Whatever
/// that command would write goes into a folder that is removed. Exit status 3 where something differs.
ExtraCommand reproduceCommand();

} // namespace quantoscope
