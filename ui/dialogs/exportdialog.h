// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart.h"
#include "ui/export/exportsettings.h"

#include <QDialog>

#include <memory>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;

namespace quantoscope {

/// How a chart is to be written, with a preview of the very picture. Where it goes is asked last.
class ExportDialog : public QDialog
{
    Q_OBJECT

public:
    ExportDialog(std::shared_ptr<const Chart> chart, const ExportSettings& settings,
                 QWidget* parent = nullptr);

    ExportSettings settings() const;
    /// In the dialog, which stays open; "": none.
    void setProblem(const QString& problem);

signals:
    /// Under these settings, in the format that the extension of `path` says.
    void saveRequested(const QString& path);

private:
    void chooseFile();
    void copy();
    void preview();

    std::shared_ptr<const Chart> m_chart;
    ExportSettings m_given; ///< what the dialog has no field for stays as it is
    QComboBox* m_size;
    QComboBox* m_theme;
    QDoubleSpinBox* m_scale;
    QCheckBox* m_title;
    QCheckBox* m_caption;
    QCheckBox* m_outlines;
    QCheckBox* m_visible;
    QLabel* m_preview;
    QLabel* m_problem;
};

} // namespace quantoscope
