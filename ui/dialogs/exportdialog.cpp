// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/exportdialog.h"

#include "ui/export/chartexport.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {
constexpr QSize previewSize(560, 400);
} // namespace

ExportDialog::ExportDialog(std::shared_ptr<const Chart> chart, const ExportSettings& settings,
                           QWidget* parent)
    : QDialog(parent), m_chart(std::move(chart)), m_given(settings), m_size(new QComboBox),
      m_theme(new QComboBox), m_scale(new QDoubleSpinBox), m_title(new QCheckBox(tr("&Title"))),
      m_caption(new QCheckBox(tr("&Caption with formulas"))),
      m_outlines(new QCheckBox(tr("SVG text as &outlines"))),
      m_visible(new QCheckBox(tr("Data of the &visible range only"))), m_preview(new QLabel),
      m_problem(new QLabel)
{
    setWindowTitle(tr("Export chart"));
    m_size->addItem(tr("Screen, 1000×620"), static_cast<int>(ExportSize::Screen));
    m_size->addItem(tr("Slide, 1600×900"), static_cast<int>(ExportSize::Slide));
    m_size->addItem(tr("Paper, one column (85 mm)"), static_cast<int>(ExportSize::Column));
    m_size->addItem(tr("Paper, two columns (170 mm)"), static_cast<int>(ExportSize::Page));
    m_theme->addItem(tr("Light"), static_cast<int>(ExportTheme::Light));
    m_theme->addItem(tr("Dark"), static_cast<int>(ExportTheme::Dark));
    m_theme->addItem(tr("Transparent"), static_cast<int>(ExportTheme::Transparent));
    m_size->setObjectName(u"exportSize"_s);
    m_theme->setObjectName(u"exportTheme"_s);
    m_size->setCurrentIndex(std::max(0, m_size->findData(static_cast<int>(settings.size))));
    m_theme->setCurrentIndex(std::max(0, m_theme->findData(static_cast<int>(settings.theme))));
    m_scale->setRange(1, 4);
    m_scale->setSingleStep(0.5);
    m_scale->setDecimals(1);
    m_scale->setValue(settings.scale);
    m_title->setChecked(settings.title);
    m_caption->setChecked(settings.caption);
    m_outlines->setChecked(settings.text == SvgText::Outlines);
    m_visible->setChecked(settings.visibleOnly);
    m_preview->setFixedSize(previewSize);
    m_preview->setAlignment(Qt::AlignCenter);
    m_preview->setAccessibleName(tr("Preview"));
    m_problem->setObjectName(u"exportProblem"_s);
    m_problem->setWordWrap(true);
    m_problem->setForegroundRole(QPalette::BrightText);
    m_problem->hide();

    auto* form = new QFormLayout;
    form->addRow(tr("&Size"), m_size);
    form->addRow(tr("T&heme"), m_theme);
    form->addRow(tr("Scale of &PNG"), m_scale);
    for (QCheckBox* box : {m_title, m_caption, m_outlines, m_visible})
        form->addRow(box);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    auto* save = buttons->addButton(tr("Save &As…"), QDialogButtonBox::ActionRole);
    auto* copyButton = buttons->addButton(tr("Cop&y"), QDialogButtonBox::ActionRole);
    save->setDefault(true);
    auto* sides = new QHBoxLayout;
    sides->addWidget(m_preview);
    sides->addLayout(form);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(sides);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
    connect(save, &QPushButton::clicked, this, &ExportDialog::chooseFile);
    connect(copyButton, &QPushButton::clicked, this, &ExportDialog::copy);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (QComboBox* box : {m_size, m_theme})
        connect(box, &QComboBox::currentIndexChanged, this, &ExportDialog::preview);
    for (QCheckBox* box : {m_title, m_caption})
        connect(box, &QCheckBox::toggled, this, &ExportDialog::preview);
    preview();
}

ExportSettings ExportDialog::settings() const
{
    ExportSettings result = m_given;
    result.size = static_cast<ExportSize>(m_size->currentData().toInt());
    result.theme = static_cast<ExportTheme>(m_theme->currentData().toInt());
    result.scale = m_scale->value();
    result.title = m_title->isChecked();
    result.caption = m_caption->isChecked();
    result.text = m_outlines->isChecked() ? SvgText::Outlines : SvgText::Text;
    result.visibleOnly = m_visible->isChecked();
    return result;
}

void ExportDialog::setProblem(const QString& problem)
{
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

void ExportDialog::preview()
{
    const qreal ratio = devicePixelRatioF();
    QImage image = chartImage({m_chart}, settings(), ratio)
                       .scaled(previewSize * ratio, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    image.setDevicePixelRatio(ratio);
    m_preview->setPixmap(QPixmap::fromImage(image));
}

void ExportDialog::copy()
{
    QGuiApplication::clipboard()->setImage(chartImage({m_chart}, settings(), m_scale->value()));
}

void ExportDialog::chooseFile()
{
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Export chart"), QString::fromStdString(m_chart->kind) + u".svg"_s,
        tr("SVG (*.svg);;PNG (*.png);;PDF (*.pdf);;CSV data (*.csv);;JSON data (*.json)"));
    if (!path.isEmpty())
        emit saveRequested(path);
}

} // namespace quantoscope
