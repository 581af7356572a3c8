// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/isachoice.h"

#include "app/cli/job.h"
#include "core/support/error.h"

#include <cstdlib>

namespace quantoscope {

Isa wantedIsa(const std::string& option)
{
    const char* const setting = std::getenv("QUANTOSCOPE_ISA");
    const std::string name = !option.empty() ? option : setting != nullptr ? setting : "";
    if (name.empty())
        return bestIsa();
    try {
        return parseIsa(name);
    } catch (const Error& error) {
        throw UsageError(error.what() + std::string(option.empty() ? " (From QUANTOSCOPE_ISA.)" : ""));
    }
}

} // namespace quantoscope
