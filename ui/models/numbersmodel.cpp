// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/numbersmodel.h"

#include "ui/format.h"

#include <QLocale>

#include <cmath>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr char16_t notYet = u'·';

struct ColumnText
{
    const char* title;
    const char* latex;
};

constexpr ColumnText columns[NumbersModel::ColumnCount] = {
    {QT_TRANSLATE_NOOP("NumbersModel", "x"), "$x$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "clip(x)"), "$\\mathrm{clip}(x)$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "x/s"), "$x/s$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "round"), "$\\lfloor x/s \\rceil$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "q"), "$q$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "Q(x)"), "$Q(x)$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "e"), "$e$"},
    {QT_TRANSLATE_NOOP("NumbersModel", "bits of q"), "bits"},
};

double valueOf(const QuantizationStep& step, int column)
{
    switch (column) {
    case NumbersModel::X:
        return static_cast<double>(step.x);
    case NumbersModel::Clip:
        return static_cast<double>(step.clipped);
    case NumbersModel::Scaled:
        return static_cast<double>(step.scaled);
    case NumbersModel::Round:
        return step.rounded;
    case NumbersModel::Clamp:
        return step.code;
    case NumbersModel::Value:
        return static_cast<double>(step.value);
    default:
        return step.error;
    }
}

} // namespace

NumbersModel::NumbersModel(QObject* parent) : QAbstractTableModel(parent) {}

void NumbersModel::setPicture(std::shared_ptr<const NumbersPicture> picture)
{
    if (m_picture && picture && m_picture->rows.size() == picture->rows.size()) {
        m_picture = std::move(picture);
        if (rowCount() > 0)
            emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
        return;
    }
    beginResetModel();
    m_picture = std::move(picture);
    endResetModel();
}

void NumbersModel::setRevealed(int count)
{
    m_revealed = std::clamp(count, 1, static_cast<int>(ColumnCount));
    if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

QString NumbersModel::formula(int column) const
{
    if (!m_picture || !m_picture->params || m_picture->params->sets.empty())
        return {};
    const ParamSets& params = *m_picture->params;
    const SetParams& set = params.sets.front();
    const QString scale =
        params.sets.size() == 1 ? format::number(static_cast<double>(set.scale)) : tr("of its group");
    const Interval ends = valueEnds(params, 0);
    const bool shifted = params.scheme.grid == Grid::ZeroPoint;
    switch (column) {
    case X:
        return tr("x, the number itself");
    case Clip:
        return tr("clip(x): x within the lowest and highest level, %1")
            .arg(format::interval(static_cast<double>(ends.lo), static_cast<double>(ends.hi)));
    case Scaled:
        return set.offset != 0
                   ? tr("(x − %1) / s, s = %2").arg(format::number(static_cast<double>(set.offset)), scale)
                   : tr("x / s, s = %1").arg(scale);
    case Round:
        return tr("round(x / s) to a whole number");
    case Clamp:
        return shifted ? tr("q: + z = %1, then within %2 … %3")
                             .arg(format::integer(static_cast<std::int64_t>(set.zeroPoint)),
                                  format::integer(params.codes.min), format::integer(params.codes.max))
                       : tr("q: within %1 … %2")
                             .arg(format::integer(params.codes.min), format::integer(params.codes.max));
    case Value:
        return shifted ? tr("Q(x) = s · (q − z)") : tr("Q(x) = s · q");
    case ErrorColumn:
        return tr("e = Q(x) − x");
    default:
        return tr("the code as %1 bits").arg(m_picture->scheme.bits);
    }
}

int NumbersModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_picture ? 0 : static_cast<int>(m_picture->rows.size());
}

int NumbersModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString NumbersModel::text(int row, int column) const
{
    const NumberRow& number = m_picture->rows[static_cast<std::size_t>(row)];
    const QuantizationStep& step = number.step;
    if (column == X)
        return format::number(static_cast<double>(step.x));
    if (!number.finite || !m_picture->params)
        return format::missing();
    const bool integers = m_picture->scheme.format == Format::Int;
    if (column == Pattern) {
        const CodeRange codes = m_picture->params->codes;
        const std::string bits = codes.min < 0 ? twosComplement(step.code, m_picture->scheme.bits)
                                               : offsetBinary(step.code, codes.min, m_picture->scheme.bits);
        return format::text(bits);
    }
    if (!integers && (column == Scaled || column == Round))
        return format::missing();
    if (column == Clamp)
        return format::integer(step.code);
    if (column == Round && std::abs(step.rounded) < 1e9)
        return format::integer(static_cast<std::int64_t>(step.rounded));
    return format::number(valueOf(step, column));
}

QString NumbersModel::exactText(int row, int column) const
{
    const NumberRow& number = m_picture->rows[static_cast<std::size_t>(row)];
    if (column == Pattern)
        return text(row, column);
    if ((!number.finite || !m_picture->params) && column != X)
        return {};
    if (column == X || column == Clip || column == Scaled || column == Value)
        return QLocale::c().toString(static_cast<float>(valueOf(number.step, column)), 'g', 9);
    return QLocale::c().toString(valueOf(number.step, column), 'g', QLocale::FloatingPointShortest);
}

QVariant NumbersModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_picture)
        return {};
    const bool hidden = index.column() >= m_revealed;
    switch (role) {
    case Qt::DisplayRole:
        return hidden ? QString(notYet) : text(index.row(), index.column());
    case Qt::EditRole:
        return exactText(index.row(), index.column());
    case Qt::ToolTipRole:
        return hidden ? QString()
                      : exactText(index.row(), index.column()) + u"\n"_s + formula(index.column());
    case Qt::TextAlignmentRole:
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    default:
        return {};
    }
}

bool NumbersModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || index.column() != X || !m_picture)
        return false;
    bool ok = false;
    const QString given = value.toString().replace(QChar(0x2212), u'-').replace(u',', u'.').trimmed();
    const float x = QLocale::c().toFloat(given, &ok);
    if (!ok)
        return false;
    emit numberEdited(index.row(), x);
    return true;
}

Qt::ItemFlags NumbersModel::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags usual = QAbstractTableModel::flags(index);
    return index.column() == X ? usual | Qt::ItemIsEditable : usual;
}

QVariant NumbersModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical)
        return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
    if (role == Qt::DisplayRole)
        return tr(columns[section].title);
    if (role == Qt::ToolTipRole)
        return formula(section);
    return {};
}

QString NumbersModel::toMarkdown() const
{
    QString head = u"|"_s;
    QString rule = u"|"_s;
    for (int c = 0; c < m_revealed; ++c) {
        head += u' ' + tr(columns[c].title) + u" |"_s;
        rule += u"---:|"_s;
    }
    QString rows;
    for (int r = 0; r < rowCount(); ++r) {
        rows += u'|';
        for (int c = 0; c < m_revealed; ++c)
            rows += u' ' + text(r, c) + u" |"_s;
        rows += u'\n';
    }
    return head + u'\n' + rule + u'\n' + rows;
}

QString NumbersModel::toLatex() const
{
    QStringList head;
    for (int c = 0; c < m_revealed; ++c)
        head << QString::fromLatin1(columns[c].latex);
    QString result =
        u"\\begin{tabular}{%1}\n%2 \\\\\n\\hline\n"_s.arg(QString(m_revealed, u'r'), head.join(u" & "_s));
    for (int r = 0; r < rowCount(); ++r) {
        QStringList cells;
        for (int c = 0; c < m_revealed; ++c) {
            const QString cell = text(r, c).replace(QChar(0x2212), u'-');
            cells << (c == Pattern ? u"\\texttt{%1}"_s.arg(cell) : u'$' + cell + u'$');
        }
        result += cells.join(u" & "_s) + u" \\\\\n"_s;
    }
    return result + u"\\end{tabular}\n"_s;
}

QString NumbersModel::toCsv() const
{
    static const char* const keys[ColumnCount] = {"x",    "clipped", "scaled", "rounded",
                                                  "code", "value",   "error",  "bits"};
    QStringList head;
    for (int c = 0; c < m_revealed; ++c)
        head << QString::fromLatin1(keys[c]);
    QString result = head.join(u',') + u'\n';
    for (int r = 0; r < rowCount(); ++r) {
        QStringList cells;
        for (int c = 0; c < m_revealed; ++c)
            cells << exactText(r, c);
        result += cells.join(u',') + u'\n';
    }
    return result;
}

} // namespace quantoscope
