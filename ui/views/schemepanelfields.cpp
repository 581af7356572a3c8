// SPDX-License-Identifier: GPL-3.0-or-later
// What the scheme panel shows of a scheme, and what its edits make of it.
#include "core/support/error.h"
#include "ui/format.h"
#include "ui/schemenames.h"
#include "ui/views/combochoices.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/presetcombo.h"
#include "ui/views/rangefields.h"
#include "ui/views/schemepanel.h"

#include <QCheckBox>
#include <QLabel>
#include <QScopedValueRollback>
#include <QSlider>
#include <QSpinBox>

#include <limits>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

template <class Kind>
Kind chosen(const QComboBox& combo)
{
    return static_cast<Kind>(combo.currentData().toInt());
}

/// What a spin box can show of a number of the scheme.
template <class Number>
int shown(Number number, int largest)
{
    return number < static_cast<Number>(largest) ? static_cast<int>(number) : largest;
}

QString noSentence(auto) { return {}; }

} // namespace

void SchemePanel::setScheme(const Scheme& scheme)
{
    const QScopedValueRollback guard(m_showing, true);
    m_scheme = scheme;
    m_preset->showScheme(scheme);
    showFormat();
    showGranularity();
    m_range->setRule(scheme.format, scheme.range);
    showRounding();
    showScale();
    showFields();
    showNote({});
}

void SchemePanel::setPresentRange(double lo, double hi) { m_range->setPresentRange(lo, hi); }

void SchemePanel::showFields()
{
    const SchemeFields fields = fieldsOf(m_scheme.format);
    const std::pair<QWidget*, bool> rows[] = {
        {m_bitsSlider, fields.bits},
        {m_grid, fields.grid},
        {m_threshold, fields.threshold},
        {m_exponent, fields.exponent},
        {m_granularity, fields.granularity},
        {m_range, fields.range},
        {m_rounding, fields.rounding && m_scheme.algorithm == Algorithm::Rtn},
        {m_scaleType, fields.scaleType},
        {m_tensorScale, fields.tensorScale}};
    for (const auto& [field, visible] : rows)
        field->parentWidget()->setVisible(visible);
    m_explanation->setVisible(!m_explanation->text().isEmpty());
}

void SchemePanel::showFormat()
{
    const Format format = m_scheme.format;
    selectComboData(*m_format, static_cast<int>(format));
    const QString blocks = format::blockSentence(format);
    m_explanation->setText(format == Format::Int ? QString()
                           : blocks.isEmpty()    ? format::formatExplanation(format)
                                                 : format::formatExplanation(format) + u'\n' + blocks);
    m_bitsSlider->setRange(1, widestBits(format));
    m_bits->setRange(1, widestBits(format));
    m_bitsSlider->setValue(m_scheme.bits);
    m_bits->setValue(m_scheme.bits);
    offerChoices(*m_grid, gridsOf(format), m_scheme.grid,
                 format == Format::Binary ? format::centreName : format::gridName, noSentence<Grid>);
    using Rule = TernaryRule;
    offerChoices(*m_threshold, {Rule::Twn, Rule::Absmean, Rule::Mse}, m_scheme.threshold,
                 format::thresholdName, format::thresholdExplanation);
    using Exponent = ExponentRule;
    offerChoices(*m_exponent, {Exponent::Floor, Exponent::Ceil, Exponent::Rceil, Exponent::Even},
                 m_scheme.exponent, format::exponentName, format::exponentExplanation);
}

void SchemePanel::showGranularity()
{
    const Granularity& granularity = m_scheme.granularity;
    selectComboData(*m_granularity, static_cast<int>(granularity.kind));
    const bool groups = granularity.kind == Granularity::Kind::Group;
    if (groups)
        m_groupSize->setValue(shown(granularity.groupSize, m_groupSize->maximum()));
    m_groupSize->setVisible(groups);
    const QString label = m_scheme.format == Format::KMeans ? tr("Code boo&k") : tr("&Scale");
    m_granularityLabel->setText(label);
    m_granularity->setAccessibleName(QString(label).remove(u'&'));
}

void SchemePanel::showRounding()
{
    using Kind = Rounding::Kind;
    offerChoices(*m_rounding, {Kind::HalfEven, Kind::HalfAway, Kind::HalfUp, Kind::Floor, Kind::Stochastic},
                 m_scheme.rounding.kind, format::roundingName, noSentence<Kind>);
    m_seed->setVisible(m_scheme.rounding.kind == Kind::Stochastic);
    m_seed->setValue(shown(m_scheme.rounding.seed, std::numeric_limits<int>::max()));
}

void SchemePanel::showScale()
{
    offerChoices(*m_scaleType, scaleTypesOf(m_scheme.format), m_scheme.scale, format::scaleTypeName,
                 format::scaleTypeExplanation);
    m_tensorScale->setChecked(m_scheme.scale == ScaleType::Double);
}

void SchemePanel::showNote(const QString& refusal)
{
    m_note->setText(refusal);
    m_note->setVisible(!refusal.isEmpty());
    m_text->setText(format::text(toText(m_scheme)));
}

void SchemePanel::propose(const Scheme& scheme)
{
    if (scheme == m_scheme)
        return setScheme(m_scheme);
    try {
        validate(scheme);
    } catch (const Error& error) {
        setScheme(m_scheme);
        return showNote(QString::fromStdString(error.what()));
    }
    emit schemeEdited(scheme);
}

void SchemePanel::editBits(int bits)
{
    if (!m_showing)
        emit bitsEdited(bits);
}

void SchemePanel::editFormat() { propose(inFormat(m_scheme, chosen<Format>(*m_format))); }

void SchemePanel::editGrid()
{
    Scheme scheme = m_scheme;
    scheme.grid = chosen<Grid>(*m_grid);
    scheme.codes = {};
    propose(withBits(scheme, scheme.bits));
}

void SchemePanel::editGranularity()
{
    Scheme scheme = m_scheme;
    const auto kind = chosen<Granularity::Kind>(*m_granularity);
    if (kind != scheme.granularity.kind || kind == Granularity::Kind::Group)
        scheme.granularity = {.kind = kind,
                              .axis = -1,
                              .groupSize = kind == Granularity::Kind::Group ? m_groupSize->value() : 0};
    propose(scheme);
}

void SchemePanel::editRange(const RangeRule& range)
{
    Scheme scheme = m_scheme;
    scheme.range = range;
    propose(scheme);
}

void SchemePanel::editRounding()
{
    Scheme scheme = m_scheme;
    scheme.rounding.kind = chosen<Rounding::Kind>(*m_rounding);
    scheme.rounding.seed =
        scheme.rounding.kind == Rounding::Kind::Stochastic ? static_cast<std::uint64_t>(m_seed->value()) : 0;
    propose(scheme);
}

void SchemePanel::editScale()
{
    Scheme scheme = m_scheme;
    scheme.scale = chosen<ScaleType>(*m_scaleType);
    propose(scheme);
}

void SchemePanel::editTensorScale()
{
    Scheme scheme = m_scheme;
    scheme.scale = m_tensorScale->isChecked() ? ScaleType::Double : ScaleType::F32;
    propose(scheme);
}

void SchemePanel::editThreshold()
{
    Scheme scheme = m_scheme;
    scheme.threshold = chosen<TernaryRule>(*m_threshold);
    propose(scheme);
}

void SchemePanel::editExponent()
{
    Scheme scheme = m_scheme;
    scheme.exponent = chosen<ExponentRule>(*m_exponent);
    propose(scheme);
}

} // namespace quantoscope
