// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobrunner.h"
#include "app/session.h"
#include "app/sessionfile.h"
#include "app/settingsstore.h"

#include <QFileSystemWatcher>
#include <QObject>

namespace quantoscope {

class MainWindow;

/// What is open and where it is kept: sessions, recent files, models that change on disk.
class FilesController : public QObject
{
    Q_OBJECT

public:
    using ModelOpener = std::function<void(const QString&)>;

    FilesController(MainWindow& window, Session& session, Preferences& preferences, ModelOpener openModel,
                    QObject* parent = nullptr);

    /// A session, a model or made-up values.
    void open(const QString& path);
    /// Called when the session has the network already, before anything is computed: a session that was opened is
    /// restored here. `model`: as it was asked for.
    void networkOpened(const QString& model);
    void openFailed(const QString& model);
    void save();
    void saveAs(const QString& path);
    /// Asks what to do with changes of a session file; false: stay.
    bool mayClose();
    bool isModified() const { return !m_path.isEmpty() && !(current() == m_saved); }
    bool isBusy() const { return m_hash.isRunning(); }

    const QString& sessionPath() const { return m_path; }
    const QString& model() const { return m_model; }
    const std::vector<Scene>& scenes() const { return m_scenes; }
    void setScenes(std::vector<Scene> scenes);
    /// What the window shows, to come back to.
    Scene presentScene(const QString& name) const;

    static constexpr int maxRecent = 10;

signals:
    void scenesChanged();

private:
    struct Pending
    {
        QString path;
        SessionFile session;
    };

    /// What saving would write, but for the view.
    SessionFile current() const;
    void openPending();
    void restore(const Pending& pending);
    void hashKnown(const QString& sha256);
    void write();
    void remember(const QString& path);
    void watch();
    void showTitle();
    void noticeAccepted();

    MainWindow& m_window;
    Session& m_session;
    Preferences& m_preferences;
    ModelOpener m_openModel;
    JobRunner<std::string> m_hash;
    QFileSystemWatcher m_watcher;
    std::optional<Pending> m_pending; ///< a session whose model is looked for or being opened
    bool m_modelMissing = false;      ///< the notice asks for the model, not about a change
    bool m_reloading = false;
    QString m_model;
    QString m_sha256;
    QString m_knownSha256; ///< of the file that the session was last saved or opened with
    QString m_expectedSha256;
    QString m_path;
    QString m_savingTo;
    SessionFile m_saved;
    std::vector<Scene> m_scenes;
};

} // namespace quantoscope
