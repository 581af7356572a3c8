// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/presentcontroller.h"

#include "app/filescontroller.h"
#include "ui/dialogs/scenesdialog.h"
#include "ui/format.h"
#include "ui/mainwindow.h"
#include "ui/presentmode.h"
#include "ui/schemenames.h"

#include <utility>

using namespace Qt::StringLiterals;

namespace quantoscope {

PresentController::PresentController(MainWindow& window, Session& session, FilesController& files,
                                     QObject* parent)
    : QObject(parent), m_window(window), m_session(session), m_files(files), m_mode(*window.presentMode())
{
    connect(&m_mode, &PresentMode::toggled, this, &PresentController::presenting);
    connect(&m_mode, &PresentMode::sceneStepped, this, &PresentController::step);
    connect(&m_mode, &PresentMode::sceneChosen, this, &PresentController::show);
    connect(&m_mode, &PresentMode::sceneAdded, this, &PresentController::add);
    connect(&m_mode, &PresentMode::scenesEdited, this, &PresentController::edit);
    connect(&m_files, &FilesController::scenesChanged, this, [this] {
        m_shown = std::min(m_shown, static_cast<int>(m_files.scenes().size()) - 1);
        updateNames();
    });
    for (const auto signal : {&Session::schemeChanged, &Session::currentLayerChanged})
        connect(&session, signal, this, &PresentController::updateCaption);
}

void PresentController::show(int index)
{
    const auto& network = m_session.network();
    if (!network || index < 0 || index >= static_cast<int>(m_files.scenes().size()))
        return;
    const Scene scene = m_files.scenes()[static_cast<std::size_t>(index)];
    Setup setup = scene.setup;
    setup.settings = fittedTo(setup.settings, *network);
    for (Pin& pin : setup.pins)
        pin.settings = fittedTo(pin.settings, *network);
    if (const auto layer = network->findLayer(scene.layer))
        m_session.setCurrentLayer(layer);
    m_session.editSetup(setup);
    m_session.setChosenSet(scene.set);
    m_window.showTab(scene.tab);
    m_shown = index;
    m_mode.showAnswers(false);
    updateNames();
}

void PresentController::step(int by)
{
    const int count = static_cast<int>(m_files.scenes().size());
    // The first key shows the first scene; the ends stay where they are.
    const int next = m_shown < 0 ? 0 : m_shown + by;
    if (next >= 0 && next < count)
        show(next);
}

void PresentController::add()
{
    if (!m_session.network())
        return;
    std::vector<Scene> scenes = m_files.scenes();
    Scene scene = m_files.presentScene({});
    scene.name =
        QStringList{QString::fromStdString(scene.layer), format::schemeName(m_session.scheme())}.join(
            u", "_s);
    const int at = m_shown < 0 ? static_cast<int>(scenes.size()) : m_shown + 1;
    scenes.insert(scenes.begin() + at, scene);
    setScenes(std::move(scenes), at);
}

void PresentController::edit()
{
    if (m_dialog)
        return m_dialog->raise();
    m_dialog = new ScenesDialog(&m_window);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_dialog, &ScenesDialog::addRequested, this, &PresentController::add);
    connect(m_dialog, &ScenesDialog::showRequested, this, &PresentController::show);
    connect(m_dialog, &ScenesDialog::renamed, this, &PresentController::rename);
    connect(m_dialog, &ScenesDialog::moved, this, &PresentController::move);
    connect(m_dialog, &ScenesDialog::removed, this, &PresentController::remove);
    updateNames();
    m_dialog->show();
}

void PresentController::move(int index, int step)
{
    std::vector<Scene> scenes = m_files.scenes();
    const int to = index + step;
    if (index < 0 || to < 0 || std::max(index, to) >= static_cast<int>(scenes.size()))
        return;
    std::swap(scenes[static_cast<std::size_t>(index)], scenes[static_cast<std::size_t>(to)]);
    setScenes(std::move(scenes), to);
}

void PresentController::remove(int index)
{
    std::vector<Scene> scenes = m_files.scenes();
    if (index < 0 || index >= static_cast<int>(scenes.size()))
        return;
    scenes.erase(scenes.begin() + index);
    const int last = static_cast<int>(scenes.size()) - 1;
    setScenes(std::move(scenes), std::min(index, last));
}

void PresentController::rename(int index, const QString& name)
{
    std::vector<Scene> scenes = m_files.scenes();
    if (index < 0 || index >= static_cast<int>(scenes.size()) || name.trimmed().isEmpty())
        return updateNames();
    scenes[static_cast<std::size_t>(index)].name = name.trimmed();
    setScenes(std::move(scenes), index);
}

void PresentController::setScenes(std::vector<Scene> scenes, int shown)
{
    m_shown = shown;
    m_files.setScenes(std::move(scenes));
    updateNames();
}

void PresentController::updateNames()
{
    QStringList names;
    for (const Scene& scene : m_files.scenes())
        names << scene.name;
    m_mode.setScenes(names, m_shown);
    if (m_dialog)
        m_dialog->setScenes(names, m_shown);
    updateCaption();
}

void PresentController::updateCaption()
{
    const auto layer = m_session.currentLayer();
    if (!m_mode.isOn() || !m_session.network() || !layer)
        return m_mode.setCaption({}, {});
    const int count = static_cast<int>(m_files.scenes().size());
    m_mode.setCaption(u"%1 · %2"_s.arg(format::text(m_session.network()->layer(*layer).name),
                                       format::schemeName(m_session.scheme())),
                      m_shown < 0 || m_shown >= count ? QString()
                                                      : tr("Scene %1 of %2").arg(m_shown + 1).arg(count));
}

void PresentController::presenting(bool on)
{
    if (on) {
        m_shown = -1;
        m_before = Before{m_session.history(), m_session.network(), m_session.currentLayer(),
                          m_session.chosenSet(), tabKey(m_window.currentTab())};
        updateNames();
        return;
    }
    m_shown = -1;
    const std::optional<Before> before = std::exchange(m_before, std::nullopt);
    // Another file was opened meanwhile: what was before belongs to the first.
    if (before && before->network == m_session.network()) {
        m_session.restoreHistory(before->history);
        m_session.setCurrentLayer(before->layer);
        m_session.setChosenSet(before->set);
        m_window.showTab(before->tab);
    }
    updateNames();
}

} // namespace quantoscope
