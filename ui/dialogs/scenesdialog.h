// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QListWidget;
class QPushButton;

namespace quantoscope {

/// The scenes of a session in their order; what is done in it happens at once.
class ScenesDialog : public QDialog
{
    Q_OBJECT

public:
    explicit ScenesDialog(QWidget* parent = nullptr);

    void setScenes(const QStringList& names, int chosen);

signals:
    void addRequested();
    void showRequested(int scene);
    void renamed(int scene, const QString& name);
    void moved(int scene, int step);
    void removed(int scene);

private:
    QPushButton* addButton(const QString& text, const char* name, QLayout& layout);
    void updateButtons();

    QListWidget* m_list;
    QList<QPushButton*> m_ofOne; ///< buttons that need a chosen scene
    QPushButton* m_up;
    QPushButton* m_down;
    bool m_filling = false;
};

} // namespace quantoscope
