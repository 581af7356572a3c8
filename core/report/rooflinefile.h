// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/timing/roofline.h"
#include "core/report/json.h"

#include <filesystem>

namespace quantoscope {

/// readGBps, readAllThreadsGBps (10^9 bytes a second); int8Gmacs, int16Gmacs, binaryGmacs, floatGmacs (10^9 multiply-accumulates
/// a second of one thread); isa, threads, cpu.
Json toJson(const RooflineFigures& figures);

/// The figures of this machine from the file, or measured now and added to it. A file that is missing or damaged counts as empty,
/// one that cannot be written is left: it only saves time. `again`: measured even if it is there, as a machine that was busy then asks for. Throws Cancelled.
RooflineFigures rooflineOfThisMachine(const std::filesystem::path& file, Isa isa, int threads,
                                      bool again = false, std::stop_token stop = {});

} // namespace quantoscope
