// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npyheader.h"

#include "core/formats/utf8.h"
#include "core/support/error.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace quantoscope {

namespace {

constexpr std::string_view magic("\x93NUMPY", 6);

struct TypeRow
{
    std::string_view name; ///< without the byte order
    DType type;
};

constexpr std::array<TypeRow, 11> types = {{{"f2", DType::F16},
                                            {"f4", DType::F32},
                                            {"f8", DType::F64},
                                            {"i1", DType::I8},
                                            {"u1", DType::U8},
                                            {"i2", DType::I16},
                                            {"u2", DType::U16},
                                            {"i4", DType::I32},
                                            {"u4", DType::U32},
                                            {"i8", DType::I64},
                                            {"b1", DType::Bool}}};

[[noreturn]] void reject(const std::string& reason, ErrorCode code = ErrorCode::FileFormat)
{
    throw Error(code, reason);
}

/// Reads the header's Python literal: a dictionary of a text, a truth value and a tuple of integers.
class Parser
{
public:
    explicit Parser(std::string_view text) : m_rest(text) {}

    NpyHeader parse()
    {
        std::optional<std::string_view> descr;
        std::optional<bool> order;
        std::optional<Shape> shape;
        expect('{');
        while (!accept('}')) {
            const std::string_view key = quoted();
            expect(':');
            if (key == "descr" && !descr)
                descr = quoted();
            else if (key == "fortran_order" && !order)
                order = truth();
            else if (key == "shape" && !shape)
                shape = tuple();
            else
                reject("the header has an unknown or repeated key '" + validUtf8(key) + "'");
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skipSpace();
        if (!m_rest.empty() || !descr || !order || !shape)
            reject("the header is not a dictionary of descr, fortran_order and shape");
        NpyHeader header;
        header.fortranOrder = *order;
        header.shape = std::move(*shape);
        setType(header, *descr);
        return header;
    }

private:
    void skipSpace()
    {
        const std::size_t at = m_rest.find_first_not_of(" \t\r\n");
        m_rest.remove_prefix(at == std::string_view::npos ? m_rest.size() : at);
    }

    bool accept(char wanted)
    {
        skipSpace();
        if (m_rest.empty() || m_rest.front() != wanted)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }

    void expect(char wanted)
    {
        if (!accept(wanted))
            reject(std::string("the header is damaged: '") + wanted + "' expected");
    }

    std::string_view quoted()
    {
        skipSpace();
        const char quote = m_rest.empty() ? '\0' : m_rest.front();
        if (quote == '[')
            reject("arrays of records are not supported", ErrorCode::Unsupported);
        const std::size_t end =
            quote == '\'' || quote == '"' ? m_rest.find(quote, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            reject("the header is damaged: a quoted text is expected");
        const std::string_view text = m_rest.substr(1, end - 1);
        m_rest.remove_prefix(end + 1);
        return text;
    }

    bool truth()
    {
        skipSpace();
        for (const bool value : {false, true}) {
            const std::string_view word = value ? "True" : "False";
            if (m_rest.starts_with(word)) {
                m_rest.remove_prefix(word.size());
                return value;
            }
        }
        reject("the header is damaged: True or False expected");
    }

    Shape tuple()
    {
        Shape shape;
        expect('(');
        while (!accept(')')) {
            skipSpace();
            std::int64_t dim = 0;
            const auto result = std::from_chars(m_rest.data(), m_rest.data() + m_rest.size(), dim);
            if (result.ec != std::errc() || dim < 0 || shape.size() == 64)
                reject("the header is damaged: the shape is not a tuple of up to 64 lengths");
            m_rest.remove_prefix(static_cast<std::size_t>(result.ptr - m_rest.data()));
            shape.push_back(dim);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return shape;
    }

    static void setType(NpyHeader& header, std::string_view descr)
    {
        const char order = descr.empty() ? '\0' : descr.front();
        for (const TypeRow& row : types) {
            if (descr.size() != 3 || descr.substr(1) != row.name)
                continue;
            const bool byte = bitsOf(row.type) == 8;
            if (order != '<' && order != '>' && !(order == '|' && byte))
                break;
            header.dtype = row.type;
            header.bigEndian = order == '>' && !byte;
            return;
        }
        reject("element type '" + validUtf8(descr) + "' is not supported", ErrorCode::Unsupported);
    }

    std::string_view m_rest;
};

} // namespace

NpyHeader parseNpyHeader(std::span<const std::byte> bytes)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!text.starts_with(magic) || text.size() < 10)
        reject("it does not start with a NumPy header");
    const int major = std::to_integer<int>(bytes[6]);
    if (major < 1 || major > 3 || bytes[7] != std::byte{0})
        reject("NumPy format version " + std::to_string(major) + "."
                   + std::to_string(std::to_integer<int>(bytes[7])) + " is not supported",
               ErrorCode::Unsupported);
    const std::size_t lengthBytes = major == 1 ? 2 : 4;
    if (text.size() < 8 + lengthBytes)
        reject("the header is cut off");
    std::size_t length = 0;
    for (std::size_t i = 0; i < lengthBytes; ++i)
        length |= std::to_integer<std::size_t>(bytes[8 + i]) << (8 * i);
    const std::size_t start = 8 + lengthBytes;
    if (length > text.size() - start)
        reject("the header is cut off: it claims " + std::to_string(length) + " bytes");

    NpyHeader header = Parser(text.substr(start, length)).parse();
    const auto elements = elementCount(header.shape);
    if (!elements)
        reject("the shape " + toText(header.shape) + " is too large");
    header.dataOffset = start + length;
    header.dataBytes = packedBytes(header.dtype, *elements);
    return header;
}

std::string npyHeaderText(DType dtype, const Shape& shape)
{
    std::string_view name;
    for (const TypeRow& row : types)
        if (row.type == dtype)
            name = row.name;
    if (name.empty())
        reject("NumPy has no element type for " + std::string(nameOf(dtype)), ErrorCode::Unsupported);
    std::string dims;
    for (const std::int64_t dim : shape)
        dims += std::to_string(dim) + (shape.size() == 1 ? "," : ", ");
    if (shape.size() > 1)
        dims.resize(dims.size() - 2);
    std::string text = std::string("{'descr': '") + (bitsOf(dtype) == 8 ? '|' : '<') + std::string(name)
                       + "', 'fortran_order': False, 'shape': (" + dims + "), }";
    constexpr std::size_t prefix = 10; // magic, version, length
    text.append((64 - (prefix + text.size() + 1) % 64) % 64, ' ');
    text += '\n';
    std::string header(magic);
    header += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
    return header + text;
}

} // namespace quantoscope
