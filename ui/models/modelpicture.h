// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"
#include "ui/models/networkrun.h"

#include <memory>
#include <optional>

namespace quantoscope {

/// The layers of one network under A, and what is known besides. Immutable parts, each of which may be null.
struct ModelPicture
{
    std::shared_ptr<const AnalysisResult> a;
    std::shared_ptr<const AnalysisResult> b;
    std::shared_ptr<const NetworkRun> run; ///< for errors of the layers' outputs
    std::optional<LayerId> current;
};

} // namespace quantoscope
