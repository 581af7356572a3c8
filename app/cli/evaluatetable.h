// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/evaluation/evaluation.h"

#include <iosfwd>

namespace quantoscope {

/// An evaluation for people: answers, output error, times, layers, what stayed float, notes.
void printEvaluation(std::ostream& out, const Evaluation& evaluation);

/// Answers and errors of the outputs alone.
void printJudgement(std::ostream& out, const Judgement& judgement);

} // namespace quantoscope
