// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session.h"

#include <QObject>
#include <QPointer>

namespace quantoscope {

class FilesController;
class MainWindow;
class PresentMode;
class ScenesDialog;

/// Scenes of the session and what Present mode shows of them. Leaving it restores what a person had before, with its
/// undo steps.
class PresentController : public QObject
{
    Q_OBJECT

public:
    PresentController(MainWindow& window, Session& session, FilesController& files,
                      QObject* parent = nullptr);

    /// Shows scene `index`; as one undo step.
    void show(int index);

private:
    void step(int by);
    void add();
    void edit();
    void move(int index, int step);
    void remove(int index);
    void rename(int index, const QString& name);
    void setScenes(std::vector<Scene> scenes, int shown);
    void updateNames();
    void updateCaption();
    void presenting(bool on);

    struct Before
    {
        SetupHistory history;
        std::shared_ptr<const Network> network;
        std::optional<LayerId> layer;
        std::optional<std::size_t> set;
        QString tab;
    };

    MainWindow& m_window;
    Session& m_session;
    FilesController& m_files;
    PresentMode& m_mode;
    QPointer<ScenesDialog> m_dialog;
    std::optional<Before> m_before;
    int m_shown = -1;
};

} // namespace quantoscope
