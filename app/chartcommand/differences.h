// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/export/readexport.h"

#include <QByteArray>

namespace quantoscope {

/// What a figure says against what its command says now.
struct Reproduced
{
    bool bytesEqual = false;
    bool numbersEqual = true;         ///< every deterministic number: times and memory are left out
    Json differences = Json::array(); ///< `where`, `given`, `now`; empty: it is the same figure
    Json notes = Json::array();       ///< what else made it: program, machine; the same fields
};

/// Both of one format.
Reproduced compared(const QByteArray& given, const QByteArray& now);

} // namespace quantoscope
