// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/figures.h"

#include <cstdint>
#include <functional>
#include <span>

namespace quantoscope::bench {

/// A row and the work that it times.
struct Timed
{
    Row row;
    std::function<void()> work;
};

/// The passes over 256 MiB of floats, single-threaded, and the plain read they are compared with.
std::vector<Timed> streamingSuite();

/// Opening the OCR network against parsing its bytes alone; empty with a message when the file is not there.
std::vector<Timed> openSuite();

/// Growth of resident memory over the size of the file when it is opened, in children of this process.
/// Call before anything has threads.
std::vector<Figure> openMemory();

/// Sum of all words: as little work per byte as a read can have.
std::uint64_t streamingRead(std::span<const std::uint64_t> words);

} // namespace quantoscope::bench
