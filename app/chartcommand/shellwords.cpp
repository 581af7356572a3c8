// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/shellwords.h"

#include "core/support/error.h"

namespace quantoscope {

std::vector<std::string> shellWords(std::string_view command)
{
    std::vector<std::string> words;
    bool inWord = false;
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (!quote && (c == ' ' || c == '\t' || c == '\n')) {
            inWord = false;
            continue;
        }
        if (!inWord)
            words.emplace_back();
        inWord = true;
        if (c == '\\' && quote != '\'' && i + 1 < command.size())
            words.back() += command[++i];
        else if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else
            words.back() += c;
    }
    if (quote)
        throw Error(ErrorCode::InvalidArgument, "The command inside the file has an open quote.");
    return words;
}

} // namespace quantoscope
