// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/schemepanel.h"

#include "core/quant/presets.h"
#include "core/support/error.h"
#include "ui/format.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScopedValueRollback>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>

#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int widestBits = 16;
constexpr double firstPercentile = 99.9;
constexpr double firstRatio = 0.8;
constexpr int firstGroupSize = 32;

void fillCombo(QComboBox& combo, auto kinds, auto nameOfKind)
{
    for (const auto kind : kinds)
        combo.addItem(nameOfKind(kind), static_cast<int>(kind));
}

void selectData(QComboBox& combo, int data) { combo.setCurrentIndex(combo.findData(data)); }

} // namespace

SchemePanel::SchemePanel(QWidget* parent) : QWidget(parent), m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(2);
    m_preset = new QComboBox;
    m_preset->setObjectName(u"presetCombo"_s);
    m_preset->addItem(tr("Own setting"));
    for (const Preset& preset : presets()) {
        m_preset->addItem(format::text(preset.name), format::text(preset.scheme));
        m_preset->setItemData(m_preset->count() - 1, format::text(preset.source), Qt::ToolTipRole);
    }
    addRow(tr("&Preset"), m_preset);
    buildBits();
    buildChoices();
    buildRangeFields();
    m_note = new QLabel;
    m_note->setObjectName(u"schemeNote"_s);
    m_note->setWordWrap(true);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QFont small = font();
    small.setPointSizeF(8);
    m_note->setFont(small);
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_layout->addSpacing(4);
    m_layout->addWidget(m_note);
    connectFields();
    setScheme(m_scheme);
}

void SchemePanel::addRow(const QString& label, QWidget* field)
{
    auto* text = new QLabel(label);
    text->setBuddy(field);
    QFont small = font();
    small.setPointSizeF(8);
    text->setFont(small);
    text->setForegroundRole(QPalette::PlaceholderText);
    field->setAccessibleName(QString(label).remove(u'&'));
    if (m_layout->count() > 0)
        m_layout->addSpacing(5);
    m_layout->addWidget(text);
    if (field->parentWidget() == nullptr)
        m_layout->addWidget(field);
    else
        m_layout->addWidget(field->parentWidget());
}

QWidget* SchemePanel::pair(QWidget* first, QWidget* second)
{
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(first, 1);
    layout->addWidget(second);
    return row;
}

void SchemePanel::buildBits()
{
    m_bitsSlider = new QSlider(Qt::Horizontal);
    m_bitsSlider->setObjectName(u"bitsSlider"_s);
    m_bitsSlider->setRange(1, widestBits);
    m_bitsSlider->setPageStep(4);
    m_bitsSlider->setTickPosition(QSlider::TicksBelow);
    m_bitsSlider->setTickInterval(1);
    m_bits = new QSpinBox;
    m_bits->setObjectName(u"bitsSpin"_s);
    m_bits->setRange(1, widestBits);
    m_bits->setAccessibleName(tr("Bit width, number"));
    pair(m_bitsSlider, m_bits);
    addRow(tr("&Bit width"), m_bitsSlider);
    m_bitsSlider->setToolTip(tr("Bits of a stored code, 1 to 16. Keys: [ and ]"));
}

void SchemePanel::buildChoices()
{
    m_grid = new QComboBox;
    m_grid->setObjectName(u"gridCombo"_s);
    fillCombo(*m_grid,
              std::initializer_list<Grid>{Grid::Symmetric, Grid::SymmetricFull, Grid::SymmetricFullNeg,
                                          Grid::SymmetricSigned, Grid::SymmetricWide, Grid::MidRise,
                                          Grid::Offset, Grid::ZeroPoint},
              format::gridName);
    addRow(tr("&Grid"), m_grid);

    m_granularity = new QComboBox;
    m_granularity->setObjectName(u"granularityCombo"_s);
    m_granularity->addItem(tr("One for the tensor"), int(Granularity::Kind::Tensor));
    m_granularity->addItem(tr("One per channel"), int(Granularity::Kind::Channel));
    m_granularity->addItem(tr("One per group"), int(Granularity::Kind::Group));
    m_groupSize = new QSpinBox;
    m_groupSize->setObjectName(u"groupSizeSpin"_s);
    m_groupSize->setRange(1, 1 << 20);
    m_groupSize->setValue(firstGroupSize);
    m_groupSize->setAccessibleName(tr("Values per group"));
    m_groupSize->setToolTip(tr("Consecutive values of one output channel that share a scale"));
    pair(m_granularity, m_groupSize);
    addRow(tr("&Scale"), m_granularity);
}

void SchemePanel::buildRangeFields()
{
    m_range = new QComboBox;
    m_range->setObjectName(u"rangeCombo"_s);
    fillCombo(*m_range,
              std::initializer_list<RangeRule::Kind>{RangeRule::Kind::MinMax, RangeRule::Kind::Percentile,
                                                     RangeRule::Kind::Ratio, RangeRule::Kind::Manual},
              format::rangeName);
    m_rangeValue = new QDoubleSpinBox;
    m_rangeValue->setObjectName(u"rangeValueSpin"_s);
    m_rangeValue->setAccessibleName(tr("Percentile or ratio"));
    pair(m_range, m_rangeValue);
    addRow(tr("&Range"), m_range);

    m_rangeLo = new QDoubleSpinBox;
    m_rangeHi = new QDoubleSpinBox;
    m_rangeLo->setObjectName(u"rangeLoSpin"_s);
    m_rangeHi->setObjectName(u"rangeHiSpin"_s);
    m_rangeLo->setAccessibleName(tr("Lower clip limit, number"));
    m_rangeHi->setAccessibleName(tr("Upper clip limit, number"));
    for (QDoubleSpinBox* box : {m_rangeLo, m_rangeHi}) {
        box->setRange(-1e9, 1e9);
        box->setDecimals(5);
        box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        box->setKeyboardTracking(false);
        // Their limits are far apart; the room decides how wide they are.
        box->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    }
    m_manualRow = pair(m_rangeLo, m_rangeHi);
    static_cast<QHBoxLayout*>(m_manualRow->layout())->setStretch(1, 1);
    m_layout->addWidget(m_manualRow);

    m_rounding = new QComboBox;
    m_rounding->setObjectName(u"roundingCombo"_s);
    fillCombo(*m_rounding,
              std::initializer_list<Rounding::Kind>{Rounding::Kind::HalfEven, Rounding::Kind::HalfAway,
                                                    Rounding::Kind::HalfUp, Rounding::Kind::Floor,
                                                    Rounding::Kind::Stochastic},
              format::roundingName);
    m_seed = new QSpinBox;
    m_seed->setObjectName(u"seedSpin"_s);
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setAccessibleName(tr("Seed of the stochastic rounding"));
    m_seed->setPrefix(tr("seed "));
    m_seed->setKeyboardTracking(false);
    pair(m_rounding, m_seed);
    addRow(tr("R&ounding"), m_rounding);
    for (QComboBox* combo : {m_preset, m_grid, m_granularity, m_range, m_rounding}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(8);
    }
}

void SchemePanel::connectFields()
{
    const auto edited = [this](auto action) {
        return [this, action](auto&&...) {
            if (!m_showing)
                (this->*action)();
        };
    };
    connect(m_bitsSlider, &QSlider::valueChanged, this, [this](int bits) {
        if (!m_showing)
            emit bitsEdited(bits);
    });
    connect(m_bits, &QSpinBox::valueChanged, this, [this](int bits) {
        if (!m_showing)
            emit bitsEdited(bits);
    });
    connect(m_preset, &QComboBox::activated, this, &SchemePanel::editPreset);
    connect(m_grid, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editGrid));
    connect(m_granularity, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editGranularity));
    connect(m_groupSize, &QSpinBox::valueChanged, this, edited(&SchemePanel::editGranularity));
    connect(m_range, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editRangeKind));
    for (QDoubleSpinBox* box : {m_rangeValue, m_rangeLo, m_rangeHi})
        connect(box, &QDoubleSpinBox::valueChanged, this, edited(&SchemePanel::editRangeFields));
    connect(m_rounding, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editRounding));
    connect(m_seed, &QSpinBox::valueChanged, this, edited(&SchemePanel::editRounding));
}

void SchemePanel::setScheme(const Scheme& scheme)
{
    const QScopedValueRollback guard(m_showing, true);
    m_scheme = scheme;
    const bool binary = scheme.format == Format::Binary;
    m_bitsSlider->setValue(scheme.bits);
    m_bits->setValue(scheme.bits);
    selectData(*m_grid, static_cast<int>(scheme.grid));
    selectData(*m_granularity, static_cast<int>(scheme.granularity.kind));
    const bool groups = scheme.granularity.kind == Granularity::Kind::Group;
    if (groups)
        m_groupSize->setValue(
            static_cast<int>(std::min<std::int64_t>(scheme.granularity.groupSize, m_groupSize->maximum())));
    m_groupSize->setVisible(groups);

    const RangeRule& range = scheme.range;
    selectData(*m_range, static_cast<int>(range.kind));
    const bool percentile = range.kind == RangeRule::Kind::Percentile;
    m_rangeValue->setVisible(percentile || range.kind == RangeRule::Kind::Ratio);
    m_rangeValue->setSuffix(percentile ? tr(" %") : u"×"_s);
    m_rangeValue->setDecimals(3);
    m_rangeValue->setRange(0.001, percentile ? 100 : 1000);
    m_rangeValue->setSingleStep(percentile ? 0.1 : 0.01);
    m_rangeValue->setValue(range.a);
    m_manualRow->setVisible(range.kind == RangeRule::Kind::Manual);
    m_rangeLo->setValue(range.a);
    m_rangeHi->setValue(range.b);

    selectData(*m_rounding, static_cast<int>(scheme.rounding.kind));
    m_seed->setVisible(scheme.rounding.kind == Rounding::Kind::Stochastic);
    m_seed->setValue(
        static_cast<int>(std::min<std::uint64_t>(scheme.rounding.seed, std::numeric_limits<int>::max())));
    m_range->setEnabled(!binary);
    m_rounding->setEnabled(!binary);
    showPreset();
    showNote();
}

void SchemePanel::setPresentRange(double lo, double hi)
{
    if (lo < hi) {
        m_presentLo = lo;
        m_presentHi = hi;
    }
}

void SchemePanel::showPreset()
{
    const QString text = format::text(toText(m_scheme));
    int index = 0;
    for (int i = 1; i < m_preset->count() && index == 0; ++i) {
        const QString preset = m_preset->itemData(i).toString();
        if (format::text(toText(parseScheme(preset.toStdString()))) == text)
            index = i;
    }
    m_preset->setCurrentIndex(index);
}

void SchemePanel::showNote(const QString& refusal)
{
    QString note = refusal;
    if (note.isEmpty() && m_scheme.format == Format::Binary)
        note = tr(
            "At 1 bit a symmetric grid would have a single level, so the values become ±α, α = mean |x|: the "
            "binary format. It has no range and no rounding to choose.");
    else if (note.isEmpty() && m_scheme.bits == 1)
        note = tr("1 bit: two levels.");
    const QString text = format::text(toText(m_scheme));
    m_note->setText(note.isEmpty() ? text : note + u'\n' + text);
    m_note->setToolTip(tr("The scheme as text, the same for the command line (--scheme)"));
}

void SchemePanel::propose(Scheme scheme)
{
    if (scheme == m_scheme)
        return;
    try {
        validate(scheme);
    } catch (const Error& error) {
        setScheme(m_scheme);
        return showNote(QString::fromStdString(error.what()));
    }
    emit schemeEdited(scheme);
}

void SchemePanel::editPreset(int index)
{
    if (index <= 0)
        return showPreset();
    propose(parseScheme(m_preset->itemData(index).toString().toStdString()));
}

void SchemePanel::editGrid()
{
    Scheme scheme = m_scheme;
    scheme.grid = static_cast<Grid>(m_grid->currentData().toInt());
    scheme.codes = {};
    if (scheme.format == Format::Binary)
        scheme.format = Format::Int;
    propose(withBits(scheme, scheme.bits));
}

void SchemePanel::editGranularity()
{
    Scheme scheme = m_scheme;
    const auto kind = static_cast<Granularity::Kind>(m_granularity->currentData().toInt());
    if (kind != scheme.granularity.kind || kind == Granularity::Kind::Group)
        scheme.granularity = {.kind = kind,
                              .axis = -1,
                              .groupSize = kind == Granularity::Kind::Group ? m_groupSize->value() : 0};
    propose(scheme);
}

void SchemePanel::editRangeKind()
{
    Scheme scheme = m_scheme;
    scheme.range = {};
    scheme.range.kind = static_cast<RangeRule::Kind>(m_range->currentData().toInt());
    switch (scheme.range.kind) {
    case RangeRule::Kind::Percentile:
        scheme.range.a = firstPercentile;
        break;
    case RangeRule::Kind::Ratio:
        scheme.range.a = firstRatio;
        break;
    case RangeRule::Kind::Manual:
        scheme.range.a = m_presentLo;
        scheme.range.b = m_presentHi;
        break;
    case RangeRule::Kind::MinMax:
        break;
    }
    propose(scheme);
}

void SchemePanel::editRangeFields()
{
    Scheme scheme = m_scheme;
    if (scheme.range.kind == RangeRule::Kind::Manual)
        scheme.range = {RangeRule::Kind::Manual, m_rangeLo->value(), m_rangeHi->value()};
    else if (scheme.range.kind != RangeRule::Kind::MinMax)
        scheme.range.a = m_rangeValue->value();
    propose(scheme);
}

void SchemePanel::editRounding()
{
    Scheme scheme = m_scheme;
    scheme.rounding.kind = static_cast<Rounding::Kind>(m_rounding->currentData().toInt());
    scheme.rounding.seed =
        scheme.rounding.kind == Rounding::Kind::Stochastic ? static_cast<std::uint64_t>(m_seed->value()) : 0;
    propose(scheme);
}

} // namespace quantoscope
