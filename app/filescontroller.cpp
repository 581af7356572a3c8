// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/filescontroller.h"

#include "core/support/error.h"
#include "core/support/sha256.h"
#include "ui/mainwindow.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace quantoscope {

FilesController::FilesController(MainWindow& window, Session& session, Preferences& preferences,
                                 ModelOpener openModel, QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_preferences(preferences),
      m_openModel(std::move(openModel)),
      m_hash({.succeeded = [this](const auto& hash) { hashKnown(QString::fromStdString(*hash)); },
              .failed = [this](const JobError& error) { m_window.showError(error.message); },
              .cancelled = [] {},
              .progressed = {}})
{
    connect(&window, &MainWindow::saveRequested, this, &FilesController::save);
    connect(&window, &MainWindow::saveAsRequested, this, &FilesController::saveAs);
    connect(&window, &MainWindow::recentRemoved, this, [this](const QString& path) {
        m_preferences.recent.removeAll(path);
        m_window.setRecentFiles(m_preferences.recent);
    });
    connect(&window, &MainWindow::noticeAccepted, this, &FilesController::noticeAccepted);
    for (const auto signal : {&Session::schemeChanged, &Session::pinsChanged})
        connect(&session, signal, this, &FilesController::showTitle);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] {
        m_modelMissing = false;
        m_window.showNotice(tr("%1 has changed on disk. What is shown is the file as it was opened.")
                                .arg(QFileInfo(m_model).fileName()),
                            tr("Reload"));
    });
    window.setCloseGuard([this] { return mayClose(); });
    window.setRecentFiles(m_preferences.recent);
}

void FilesController::open(const QString& path)
{
    m_pending.reset();
    m_reloading = false;
    if (!isSessionPath(path))
        return m_openModel(path);
    if (!mayClose())
        return;
    m_window.clearError();
    try {
        m_pending = Pending{QFileInfo(path).absoluteFilePath(), readSessionFile(path)};
    } catch (const Error& error) {
        return m_window.showError(tr("The session could not be opened."), QString::fromUtf8(error.what()));
    }
    openPending();
}

void FilesController::openPending()
{
    const QString model = m_pending->session.model;
    if (isModelFile(model) && !QFileInfo(model).isFile()) {
        m_modelMissing = true;
        return m_window.showNotice(tr("The model of this session is not at %1 any more.").arg(model),
                                   tr("Find It…"));
    }
    m_openModel(model);
}

void FilesController::noticeAccepted()
{
    if (m_modelMissing && m_pending) {
        const QString found = m_window.askForModel();
        if (found.isEmpty())
            return openPending();
        m_pending->session.model = found;
        return openPending();
    }
    m_reloading = true;
    m_openModel(m_model);
}

void FilesController::networkOpened(const QString& model)
{
    m_hash.cancel();
    m_window.hideNotice();
    m_sha256.clear();
    m_knownSha256.clear();
    m_expectedSha256.clear();
    m_savingTo.clear();
    const bool reloaded = std::exchange(m_reloading, false) && model == m_model;
    m_model = isModelFile(model) ? QFileInfo(model).absoluteFilePath() : model;
    const std::optional<Pending> pending = std::exchange(m_pending, std::nullopt);
    if (pending && pending->session.model == model)
        restore(*pending);
    else if (!reloaded) {
        m_path.clear();
        setScenes({});
    }
    if (isModelFile(m_model) && m_path.isEmpty())
        remember(m_model);
    watch();
    showTitle();
}

void FilesController::restore(const Pending& pending)
{
    const SessionFile& saved = pending.session;
    const Network& network = *m_session.network();
    Setup setup = saved.setup;
    setup.settings = fittedTo(setup.settings, network);
    for (Pin& pin : setup.pins)
        pin.settings = fittedTo(pin.settings, network);
    m_session.restoreSetup(setup);
    m_session.setCurrentLayer(network.findLayer(saved.layer));
    m_session.setChosenSet(saved.set);
    m_window.showTab(saved.tab);
    m_path = pending.path;
    setScenes(saved.scenes);
    m_saved = current();
    remember(m_path);
    if (!isModelFile(m_model) || saved.sha256.isEmpty())
        return;
    m_expectedSha256 = m_knownSha256 = saved.sha256;
    m_hash.start([file = m_model.toStdString()](const std::stop_token& stop, const ProgressFn&) {
        return std::make_shared<const std::string>(sha256OfFile(file, stop));
    });
}

void FilesController::openFailed(const QString& model)
{
    m_reloading = false;
    if (m_pending && m_pending->session.model == model)
        m_pending.reset();
}

SessionFile FilesController::current() const
{
    SessionFile session;
    session.model = m_model;
    session.setup = m_session.setup();
    session.scenes = m_scenes;
    return session;
}

void FilesController::setScenes(std::vector<Scene> scenes)
{
    if (scenes == m_scenes)
        return;
    m_scenes = std::move(scenes);
    showTitle();
    emit scenesChanged();
}

Scene FilesController::presentScene(const QString& name) const
{
    const auto layer = m_session.currentLayer();
    return {.name = name,
            .setup = m_session.setup(),
            .layer = layer ? m_session.network()->layer(*layer).name : std::string(),
            .tab = tabKey(m_window.currentTab()),
            .set = m_session.chosenSet()};
}

void FilesController::save()
{
    if (m_path.isEmpty())
        m_window.chooseSessionToSave();
    else
        saveAs(m_path);
}

void FilesController::saveAs(const QString& path)
{
    if (!m_session.network())
        return m_window.showError(tr("There is nothing open that could be saved."));
    m_savingTo = QFileInfo(path).absoluteFilePath();
    if (!isModelFile(m_model) || !m_sha256.isEmpty())
        return write();
    m_hash.start([file = m_model.toStdString()](const std::stop_token& stop, const ProgressFn&) {
        return std::make_shared<const std::string>(sha256OfFile(file, stop));
    });
}

void FilesController::hashKnown(const QString& sha256)
{
    m_sha256 = m_knownSha256 = sha256;
    if (!m_expectedSha256.isEmpty() && m_expectedSha256 != sha256)
        m_window.showError(tr("%1 is not the file that this session was saved with: the numbers can differ.")
                               .arg(QFileInfo(m_model).fileName()),
                           tr("SHA-256 saved: %1\nSHA-256 now: %2").arg(m_expectedSha256, sha256));
    m_expectedSha256.clear();
    if (!m_savingTo.isEmpty())
        write();
}

void FilesController::write()
{
    SessionFile session = current();
    const Scene now = presentScene({});
    session.sha256 = m_sha256;
    session.layer = now.layer;
    session.tab = now.tab;
    session.set = now.set;
    const QString path = std::exchange(m_savingTo, QString());
    try {
        writeSessionFile(path, session);
    } catch (const Error& error) {
        return m_window.showError(tr("The session could not be saved."), QString::fromUtf8(error.what()));
    }
    m_path = path;
    m_saved = current();
    remember(path);
    showTitle();
}

bool FilesController::mayClose()
{
    if (!isModified())
        return true;
    switch (m_window.askToSave(QFileInfo(m_path).fileName())) {
    case MainWindow::SaveAnswer::Save:
        // Nobody waits for a hash while a window closes: the file is the one that the session knows.
        if (m_sha256.isEmpty())
            m_sha256 = m_knownSha256;
        m_savingTo = m_path;
        write();
        return !isModified();
    case MainWindow::SaveAnswer::Discard:
        return true;
    case MainWindow::SaveAnswer::Cancel:
        break;
    }
    return false;
}

void FilesController::remember(const QString& path)
{
    m_preferences.recent.removeAll(path);
    m_preferences.recent.prepend(path);
    while (m_preferences.recent.size() > maxRecent)
        m_preferences.recent.removeLast();
    m_window.setRecentFiles(m_preferences.recent);
}

void FilesController::watch()
{
    if (const QStringList watched = m_watcher.files(); !watched.isEmpty())
        m_watcher.removePaths(watched);
    if (isModelFile(m_model) && QFileInfo(m_model).isFile())
        m_watcher.addPath(m_model);
}

void FilesController::showTitle()
{
    m_window.setSessionName(m_path.isEmpty() ? QString() : QFileInfo(m_path).completeBaseName(),
                            isModified());
}

} // namespace quantoscope
