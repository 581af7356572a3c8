// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/job.h"
#include "core/network/network.h"

#include <memory>

namespace quantoscope {

/// FILE as every sub-command takes it: a path, `sample` or `synth:…`.
struct NetworkInput
{
    std::string given;
    std::string path; ///< of the file; "" for synth
    std::shared_ptr<const Network> network;
};

NetworkInput openInput(const std::string& given, Job& job);

/// Adds model, its SHA-256 and the seed of a synthetic one.
void describeInput(Provenance& provenance, const NetworkInput& input, const Job& job);

/// What is inside, in two lines for people.
std::string summaryOf(const NetworkInput& input);

} // namespace quantoscope
