// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/pngtext.h"

#include <QtEndian>

namespace quantoscope {

namespace {

constexpr int headerEnd = 33; // signature 8, IHDR 4 + 4 + 13 + 4

/// CRC-32 of the PNG specification, annex D; a chunk is short enough to do without a table.
quint32 crcOf(const QByteArray& bytes)
{
    quint32 crc = 0xffffffff;
    for (const char byte : bytes) {
        crc ^= static_cast<quint8>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1) ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
    }
    return ~crc;
}

QByteArray bigEndian(quint32 value)
{
    QByteArray bytes(4, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

} // namespace

QByteArray withPngText(const QByteArray& png, const QByteArray& keyword, const QByteArray& text)
{
    // Keyword, not compressed (flag, method), no language, no translated keyword.
    const QByteArray data = "iTXt" + keyword + QByteArray(5, '\0') + text;
    const QByteArray chunk = bigEndian(static_cast<quint32>(data.size() - 4)) + data + bigEndian(crcOf(data));
    return png.left(headerEnd) + chunk + png.mid(headerEnd);
}

} // namespace quantoscope
