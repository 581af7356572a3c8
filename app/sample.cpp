// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sample.h"

namespace quantoscope {

std::filesystem::path sampleNetworkPath()
{
    std::error_code ignored;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto installed = program.parent_path().parent_path() / "share/quantoscope/sample/digits.onnx";
    if (!program.empty() && std::filesystem::exists(installed, ignored))
        return installed;
    return std::filesystem::path(QUANTOSCOPE_SAMPLE_DIR) / "digits.onnx";
}

} // namespace quantoscope
