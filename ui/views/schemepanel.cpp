// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/schemepanel.h"

#include "ui/schemenames.h"
#include "ui/views/combochoices.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/presetcombo.h"
#include "ui/views/rangefields.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int firstGroupSize = 32;
constexpr int popupRows = 24;
constexpr double smallPoints = 8;
constexpr int spinButtons = 34; ///< frame, margins and buttons of a spin box

QFont smaller(QFont font)
{
    font.setPointSizeF(smallPoints);
    return font;
}

/// A combo that takes the width it is given, whatever its longest item.
QComboBox* makeCombo(const QString& objectName)
{
    auto* combo = new QComboBox;
    combo->setObjectName(objectName);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(4);
    combo->setMaxVisibleItems(popupRows);
    return combo;
}

} // namespace

SchemePanel::SchemePanel(QWidget* parent) : QWidget(parent), m_rows(new QVBoxLayout(this))
{
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(5);
    m_preset = new PresetCombo;
    m_preset->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_preset->setMinimumContentsLength(8);
    addRow(tr("&Preset"), m_preset);
    buildFormat();
    buildBits();
    m_grid = makeCombo(u"gridCombo"_s);
    addRow(tr("&Grid"), m_grid);
    m_threshold = makeCombo(u"thresholdCombo"_s);
    addRow(tr("&Threshold"), m_threshold);
    m_exponent = makeCombo(u"exponentCombo"_s);
    addRow(tr("E&xponent"), m_exponent);
    buildGranularity();
    m_range = new RangeFields;
    addRow(tr("&Range"), m_range);
    buildRounding();
    buildScale();
    m_note = addNote(u"schemeNote"_s);
    m_text = new ElidedLabel;
    m_text->setObjectName(u"schemeText"_s);
    m_text->setFont(smaller(font()));
    m_text->setForegroundRole(QPalette::PlaceholderText);
    m_rows->addWidget(m_text);
    alignLabels();
    connectFields();
    setScheme(m_scheme);
}

void SchemePanel::addRow(const QString& label, QWidget* field, QWidget* second)
{
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    auto* text = new QLabel(label);
    text->setBuddy(field);
    text->setFont(smaller(font()));
    text->setForegroundRole(QPalette::PlaceholderText);
    // As high as one line of fields, so that it stands beside the first of them.
    text->setMinimumHeight(m_preset->sizeHint().height());
    field->setAccessibleName(QString(label).remove(u'&'));
    layout->addWidget(text, 0, Qt::AlignTop);
    layout->addWidget(field, 1);
    if (second)
        layout->addWidget(second);
    m_labels.push_back(text);
    m_rows->addWidget(row);
}

QLabel* SchemePanel::addNote(const QString& objectName)
{
    auto* note = new QLabel;
    note->setObjectName(objectName);
    note->setWordWrap(true);
    note->setTextFormat(Qt::PlainText);
    note->setFont(smaller(font()));
    m_rows->addWidget(note);
    return note;
}

void SchemePanel::alignLabels()
{
    int widest = 0;
    m_granularityLabel->setText(tr("Code boo&k")); // the longer of its texts
    for (const QLabel* label : m_labels)
        widest = std::max(widest, label->sizeHint().width());
    for (QLabel* label : m_labels)
        label->setFixedWidth(widest);
}

void SchemePanel::buildFormat()
{
    m_format = makeCombo(u"formatCombo"_s);
    for (const FormatsOfGroup& group : formatGroups()) {
        addComboHeader(*m_format, format::formatGroupName(group.group));
        for (const Format format : group.formats) {
            const QString blocks = format::blockSentence(format);
            const QString sentence = format::formatExplanation(format);
            addComboItem(*m_format, format::formatName(format), static_cast<int>(format),
                         blocks.isEmpty() ? sentence : sentence + u'\n' + blocks);
        }
    }
    addRow(tr("For&mat"), m_format);
}

void SchemePanel::buildBits()
{
    m_bitsSlider = new QSlider(Qt::Horizontal);
    m_bitsSlider->setObjectName(u"bitsSlider"_s);
    m_bitsSlider->setPageStep(4);
    m_bitsSlider->setTickPosition(QSlider::TicksBelow);
    m_bitsSlider->setTickInterval(1);
    m_bitsSlider->setToolTip(tr("Bits of a stored code. Keys: [ and ]"));
    m_bits = new QSpinBox;
    m_bits->setObjectName(u"bitsSpin"_s);
    m_bits->setAccessibleName(tr("Bit width, number"));
    addRow(tr("&Bit width"), m_bitsSlider, m_bits);
    // Under the slider: it must not move under the mouse when 1 bit turns integers into the binary format.
    m_explanation = addNote(u"formatExplanation"_s);
    m_explanation->setForegroundRole(QPalette::PlaceholderText);
}

void SchemePanel::buildGranularity()
{
    m_granularity = makeCombo(u"granularityCombo"_s);
    const QString sentence = tr("What shares one scale or code book");
    addComboItem(*m_granularity, tr("One for the tensor"), int(Granularity::Kind::Tensor), sentence);
    addComboItem(*m_granularity, tr("One per channel"), int(Granularity::Kind::Channel), sentence);
    addComboItem(*m_granularity, tr("One per group"), int(Granularity::Kind::Group), sentence);
    m_groupSize = new QSpinBox;
    m_groupSize->setObjectName(u"groupSizeSpin"_s);
    m_groupSize->setRange(1, 1 << 20);
    m_groupSize->setValue(firstGroupSize);
    m_groupSize->setKeyboardTracking(false);
    m_groupSize->setAccessibleName(tr("Values per group"));
    m_groupSize->setToolTip(tr("Consecutive values of one output channel that share a scale"));
    addRow(tr("&Scale"), m_granularity, m_groupSize);
    m_granularityLabel = m_labels.back();
}

void SchemePanel::buildRounding()
{
    m_rounding = makeCombo(u"roundingCombo"_s);
    m_seed = new QSpinBox;
    m_seed->setObjectName(u"seedSpin"_s);
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setAccessibleName(tr("Seed of the stochastic rounding"));
    m_seed->setPrefix(tr("seed "));
    m_seed->setKeyboardTracking(false);
    // As wide as a seed that a person types; the largest one would push the rule aside.
    m_seed->setFixedWidth(fontMetrics().horizontalAdvance(tr("seed ") + u"99999"_s) + spinButtons);
    addRow(tr("R&ounding"), m_rounding, m_seed);
}

void SchemePanel::buildScale()
{
    m_scaleType = makeCombo(u"scaleTypeCombo"_s);
    addRow(tr("Scale t&ype"), m_scaleType);
    m_tensorScale = new QCheckBox(tr("a float32 scale of the tensor"));
    m_tensorScale->setObjectName(u"tensorScaleCheck"_s);
    m_tensorScale->setToolTip(
        tr("Puts a scale of the whole tensor over the E4M3 scales of the blocks, as NVIDIA's recipe does. "
           "Without it the blocks are those of GGUF files."));
    addRow(tr("Te&nsor"), m_tensorScale);
}

void SchemePanel::connectFields()
{
    const auto edited = [this](auto action) {
        return [this, action](auto&&...) {
            if (!m_showing)
                (this->*action)();
        };
    };
    connect(m_bitsSlider, &QSlider::valueChanged, this, &SchemePanel::editBits);
    connect(m_bits, &QSpinBox::valueChanged, this, &SchemePanel::editBits);
    connect(m_preset, &PresetCombo::chosen, this, &SchemePanel::propose);
    connect(m_format, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editFormat));
    connect(m_grid, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editGrid));
    connect(m_granularity, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editGranularity));
    connect(m_groupSize, &QSpinBox::valueChanged, this, edited(&SchemePanel::editGranularity));
    connect(m_range, &RangeFields::edited, this, &SchemePanel::editRange);
    connect(m_rounding, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editRounding));
    connect(m_seed, &QSpinBox::valueChanged, this, edited(&SchemePanel::editRounding));
    connect(m_scaleType, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editScale));
    connect(m_tensorScale, &QCheckBox::toggled, this, edited(&SchemePanel::editTensorScale));
    connect(m_threshold, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editThreshold));
    connect(m_exponent, &QComboBox::currentIndexChanged, this, edited(&SchemePanel::editExponent));
}

} // namespace quantoscope
