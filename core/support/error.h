// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace quantoscope {

enum class ErrorCode {
    FileNotFound,
    FileUnreadable,
    FileFormat,      ///< the bytes are not what the format demands
    Unsupported,     ///< valid, but not built
    InvalidArgument, ///< a value out of its documented range
    SchemeText,      ///< a scheme text that does not parse: wrong usage
    SchemeMismatch,  ///< a scheme that does not fit the data
    WriteFailed,
};

/// The one exception type for expected failures. `what()` is one plain English sentence that says what
/// failed, where (file, tensor, byte or position) and what to do; `context` is the file, tensor or text
/// it is about. Caught once, at the boundary of a job. Programmer mistakes are assertions instead.
class Error : public std::runtime_error
{
public:
    Error(ErrorCode code, const std::string& message, std::string context = {})
        : std::runtime_error(message), m_code(code), m_context(std::move(context))
    {
    }

    ErrorCode code() const { return m_code; }
    const std::string& context() const { return m_context; }

private:
    ErrorCode m_code;
    std::string m_context;
};

} // namespace quantoscope
