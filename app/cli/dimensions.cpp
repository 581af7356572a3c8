// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/dimensions.h"

#include "app/cli/job.h"

#include <charconv>

namespace quantoscope {

std::map<std::string, std::int64_t> dimensionsIn(const std::vector<std::string>& texts)
{
    std::map<std::string, std::int64_t> dimensions;
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        std::int64_t size = 0;
        const char* const end = text.data() + text.size();
        const bool read = equals != std::string::npos && equals > 0
                          && std::from_chars(text.data() + equals + 1, end, size).ptr == end;
        if (!read || size < 1 || size > 1 << 20)
            throw UsageError("--dim '" + text + "' is not NAME=SIZE with a size of 1 to 1048576.");
        dimensions[text.substr(0, equals)] = size;
    }
    return dimensions;
}

} // namespace quantoscope
