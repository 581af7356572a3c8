// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/runform.h"

#include "ui/schemenames.h"
#include "ui/views/combochoices.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScopedValueRollback>
#include <QSpinBox>
#include <QToolButton>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr int preprocessRow = 1;

QComboBox* makeCombo(const QString& name, const QString& accessible)
{
    auto* combo = new QComboBox;
    combo->setObjectName(name);
    combo->setAccessibleName(accessible);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(6);
    return combo;
}

/// Rules are combo data as text.
QString dataOf(const RangeRule& rule) { return QString::fromStdString(toText(rule)); }

void addRule(QComboBox& combo, const RangeRule& rule)
{
    addComboItem(combo, format::rangeText(rule), dataOf(rule), format::rangeExplanation(rule.kind));
}

} // namespace

RunForm::RunForm(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(8);
    m_grid->setVerticalSpacing(5);
    m_grid->setColumnStretch(1, 1);
    m_inputs = addFile(0, tr("&Samples"), u"runInputs"_s,
                       tr(".npy, .npz, a folder of images, or synth:gauss"), true);
    m_preprocess = addFile(preprocessRow, tr("&Preprocessing"), u"runPreprocess"_s,
                           tr("scale=1/255,mean=0.485:0.456:0.406,std=0.229:0.224:0.225"), false);
    m_labels =
        addFile(2, tr("La&bels"), u"runLabels"_s, tr("those of the samples; or .npy, .npz, .csv"), false);
    m_calibration = addFile(3, tr("&Calibration"), u"runCalibration"_s,
                            tr("other samples: they set the ranges of activations"), true);
    buildChoices(4);
    setRequest({});
}

QLineEdit* RunForm::addFile(int row, const QString& label, const QString& name, const QString& hint,
                            bool folders)
{
    auto* title = new QLabel(label);
    auto* field = new QLineEdit;
    field->setObjectName(name);
    field->setPlaceholderText(hint);
    field->setClearButtonEnabled(true);
    title->setBuddy(field);
    auto* choose = new QToolButton;
    choose->setText(u"…"_s);
    choose->setAccessibleName(tr("Choose a file: %1").arg(QString(label).remove(u'&')));
    choose->setFocusPolicy(Qt::StrongFocus);
    if (folders) {
        auto* menu = new QMenu(choose);
        menu->addAction(tr("File…"), this, [this, field] { chooseFile(*field, false); });
        menu->addAction(tr("Folder of images…"), this, [this, field] { chooseFile(*field, true); });
        choose->setMenu(menu);
        choose->setPopupMode(QToolButton::InstantPopup);
    } else {
        connect(choose, &QToolButton::clicked, this, [this, field] { chooseFile(*field, false); });
    }
    m_grid->addWidget(title, row, 0);
    m_grid->addWidget(field, row, 1);
    m_grid->addWidget(choose, row, 2);
    connect(field, &QLineEdit::editingFinished, this, &RunForm::fieldEdited);
    connect(field, &QLineEdit::returnPressed, this, &RunForm::runRequested);
    return field;
}

void RunForm::buildChoices(int row)
{
    m_mode = makeCombo(u"runMode"_s, tr("Mode"));
    addComboItem(*m_mode, tr("Weights only"), static_cast<int>(QuantizationMode::WeightOnly),
                 tr("Activations stay float"));
    addComboItem(*m_mode, tr("Static activations"), static_cast<int>(QuantizationMode::Static),
                 tr("Ranges of activations are found once, on the calibration samples"));
    addComboItem(*m_mode, tr("Dynamic activations"), static_cast<int>(QuantizationMode::Dynamic),
                 tr("Ranges of activations are those of each sample"));
    m_engine = makeCombo(u"runEngine"_s, tr("Engine"));
    addComboItem(*m_engine, tr("Fake: floats"), static_cast<int>(Engine::Fake),
                 tr("Weights and activations are quantized and multiplied as floats"));
    addComboItem(*m_engine, tr("Integer kernels"), static_cast<int>(Engine::Integer),
                 tr("Layers that have a kernel multiply integers; the table of layers says which"));
    m_actBits = new QSpinBox;
    m_actBits->setObjectName(u"runActBits"_s);
    m_actBits->setAccessibleName(tr("Bits of activations"));
    m_actBits->setRange(2, 16);
    m_actBits->setSuffix(tr(" bit"));
    m_actGrid = makeCombo(u"runActGrid"_s, tr("Grid of activations"));
    for (const Grid grid : {Grid::ZeroPoint, Grid::Symmetric})
        addComboItem(*m_actGrid, format::gridName(grid), static_cast<int>(grid), {});
    m_actRange = makeCombo(u"runActRange"_s, tr("Range of activations"));
    for (const RangeRule& rule : observedRules({}))
        addRule(*m_actRange, rule);

    auto* modeLabel = new QLabel(tr("&Mode"));
    modeLabel->setBuddy(m_mode);
    auto* modes = new QHBoxLayout;
    modes->addWidget(m_mode, 1);
    modes->addWidget(m_engine, 1);
    auto* actLabel = new QLabel(tr("&Activations"));
    actLabel->setBuddy(m_actBits);
    auto* acts = new QHBoxLayout;
    acts->addWidget(m_actBits);
    acts->addWidget(m_actGrid, 1);
    acts->addWidget(m_actRange, 1);
    m_grid->addWidget(modeLabel, row, 0);
    m_grid->addLayout(modes, row, 1, 1, 2);
    m_grid->addWidget(actLabel, row + 1, 0);
    m_grid->addLayout(acts, row + 1, 1, 1, 2);
    for (QComboBox* combo : {m_mode, m_engine, m_actGrid, m_actRange})
        connect(combo, &QComboBox::currentIndexChanged, this, &RunForm::fieldEdited);
    connect(m_actBits, &QSpinBox::valueChanged, this, &RunForm::fieldEdited);
}

void RunForm::chooseFile(QLineEdit& field, bool folder)
{
    const QString path = folder ? QFileDialog::getExistingDirectory(this, tr("Choose a folder of images"))
                                : QFileDialog::getOpenFileName(this, tr("Choose a file"));
    if (path.isEmpty())
        return;
    field.setText(path);
    fieldEdited();
}

RunRequest RunForm::request() const
{
    RunRequest request;
    request.inputs = m_inputs->text().trimmed();
    request.labels = m_labels->text().trimmed();
    request.calibration = m_calibration->text().trimmed();
    request.preprocess = m_preprocess->text().trimmed();
    request.mode = static_cast<QuantizationMode>(m_mode->currentData().toInt());
    request.engine = static_cast<Engine>(m_engine->currentData().toInt());
    request.act = m_act;
    request.act.bits = m_actBits->value();
    request.act.grid = static_cast<Grid>(m_actGrid->currentData().toInt());
    for (const RangeRule& rule : observedRules(m_act.range))
        if (dataOf(rule) == m_actRange->currentData().toString())
            request.act.range = rule;
    return request;
}

void RunForm::setRequest(const RunRequest& request)
{
    const QScopedValueRollback guard(m_showing, true);
    m_act = request.act;
    m_inputs->setText(request.inputs);
    m_labels->setText(request.labels);
    m_calibration->setText(request.calibration);
    m_preprocess->setText(request.preprocess);
    selectComboData(*m_mode, static_cast<int>(request.mode));
    selectComboData(*m_engine, static_cast<int>(request.engine));
    m_actBits->setValue(m_act.bits);
    if (m_actGrid->findData(static_cast<int>(m_act.grid)) < 0)
        addComboItem(*m_actGrid, format::gridName(m_act.grid), static_cast<int>(m_act.grid), {});
    selectComboData(*m_actGrid, static_cast<int>(m_act.grid));
    if (m_actRange->findData(dataOf(m_act.range)) < 0)
        addRule(*m_actRange, m_act.range);
    selectComboData(*m_actRange, dataOf(m_act.range));
    updateFields();
}

void RunForm::fieldEdited()
{
    if (m_showing)
        return;
    m_act = request().act;
    updateFields();
    emit edited();
}

void RunForm::updateFields()
{
    const bool images = QFileInfo(m_inputs->text()).isDir() || !m_preprocess->text().isEmpty();
    for (int column = 0; column < m_grid->columnCount(); ++column)
        if (QLayoutItem* item = m_grid->itemAtPosition(preprocessRow, column))
            item->widget()->setVisible(images);
    const auto mode = static_cast<QuantizationMode>(m_mode->currentData().toInt());
    m_actBits->setEnabled(mode != QuantizationMode::WeightOnly);
    m_actGrid->setEnabled(mode != QuantizationMode::WeightOnly);
    m_actRange->setEnabled(mode == QuantizationMode::Static);
    for (QComboBox* combo : {m_mode, m_engine, m_actRange})
        combo->setToolTip(combo->currentData(Qt::ToolTipRole).toString());
}

} // namespace quantoscope
