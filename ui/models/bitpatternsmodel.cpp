// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/bitpatternsmodel.h"

#include "ui/format.h"

#include <QFontDatabase>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

struct FloatFormat
{
    const char* key; ///< of floatFields()
    const char* name;
};

constexpr FloatFormat floatFormats[] = {{"f32", "float32"},   {"fp16", "float16"},  {"bf16", "bfloat16"},
                                        {"e4m3", "FP8 E4M3"}, {"e5m2", "FP8 E5M2"}, {"e2m1", "FP4 E2M1"}};

QString hexOf(std::byte byte)
{
    return u"%1"_s.arg(std::to_integer<uint>(byte), 2, 16, QChar(u'0')).toUpper();
}

/// A byte, highest bit first, with brackets around the bits from `from` to below `to`.
QString bracketed(std::byte byte, std::size_t from, std::size_t to)
{
    QString text;
    for (std::size_t bit = 8; bit-- > 0;) {
        if (bit + 1 == to)
            text += u'[';
        text += (std::to_integer<uint>(byte) >> bit & 1U) != 0 ? u'1' : u'0';
        if (bit == from)
            text += u']';
    }
    return text;
}

} // namespace

void BitPatternsModel::show(const std::shared_ptr<const NumbersPicture>& picture, std::size_t row)
{
    beginResetModel();
    m_rows.clear();
    if (picture && row < picture->rows.size()) {
        addFloats(picture->rows[row].step.x);
        if (picture->params && picture->scheme.format == Format::Int && picture->rows[row].finite)
            addCode(*picture, row);
    }
    endResetModel();
}

void BitPatternsModel::addFloats(float x)
{
    for (const auto& [key, name] : floatFormats) {
        const FloatFields fields = floatFields(x, key);
        QStringList parts;
        for (const std::string& part : {fields.sign, fields.exponent, fields.fraction})
            parts << QString::fromStdString(part);
        m_rows.push_back({QString::fromLatin1(name), parts.join(u' '),
                          format::number(static_cast<double>(fields.value), 7),
                          tr("sign, exponent (%1 bits), fraction (%2 bits)")
                              .arg(fields.exponent.size())
                              .arg(fields.fraction.size())});
    }
}

void BitPatternsModel::addCode(const NumbersPicture& picture, std::size_t row)
{
    const int bits = picture.scheme.bits;
    const CodeRange codes = picture.params->codes;
    const int code = picture.rows[row].step.code;
    if (codes.min < 0)
        m_rows.push_back({tr("q, two’s complement"), format::text(twosComplement(code, bits)),
                          format::integer(code), tr("the highest bit counts negative")});
    m_rows.push_back({codes.min < 0 ? tr("q, offset binary") : tr("q, unsigned"),
                      format::text(offsetBinary(code, codes.min, bits)), format::integer(code - codes.min),
                      tr("distance from the lowest code, %1").arg(format::integer(codes.min))});
    const std::size_t width = static_cast<std::size_t>(bits);
    const std::size_t begin = row * width;
    const std::size_t end = begin + width;
    QStringList texts;
    QStringList bytes;
    for (std::size_t byte = begin / 8; byte * 8 < end && byte < picture.packed.size(); ++byte) {
        const std::size_t from = std::max(begin, byte * 8) - byte * 8;
        const std::size_t to = std::min(end, byte * 8 + 8) - byte * 8;
        texts << bracketed(picture.packed[byte], from, to);
        bytes << hexOf(picture.packed[byte]);
    }
    if (texts.isEmpty())
        return;
    m_rows.push_back({tr("packed, from byte %1").arg(begin / 8), texts.join(u' '), bytes.join(u' '),
                      tr("bytes in memory order, lowest code bits first; [ ]: the bits of this code")});
}

QString BitPatternsModel::toText() const
{
    QString text = u"format\tbits\tvalue\n"_s;
    for (const Row& row : m_rows)
        text += row.name + u'\t' + row.bits + u'\t' + row.value + u'\n';
    return text;
}

int BitPatternsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int BitPatternsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant BitPatternsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == Name ? row.name : index.column() == Bits ? row.bits : row.value;
    case Qt::ToolTipRole:
        return row.tip;
    case Qt::FontRole:
        return index.column() == Bits ? QVariant(QFontDatabase::systemFont(QFontDatabase::FixedFont))
                                      : QVariant();
    case Qt::TextAlignmentRole:
        return static_cast<int>((index.column() == Value ? Qt::AlignRight : Qt::AlignLeft)
                                | Qt::AlignVCenter);
    default:
        return {};
    }
}

QVariant BitPatternsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Name ? tr("format") : section == Bits ? tr("bits") : tr("stands for");
}

} // namespace quantoscope
