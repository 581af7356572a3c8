// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/commandline.h"

#include <memory>

class QApplication;

namespace quantoscope {

/// `chart FILE --kind K …`: a chart of the window in a file, the same bytes as the window's export with the same command inside. Makes
/// a QApplication without a display where there is none yet; to be run on the main thread.
ExtraCommand chartCommand();

/// Draws without a display; null where there is an application already.
std::unique_ptr<QApplication> applicationWithoutDisplay();

} // namespace quantoscope
