// SPDX-License-Identifier: GPL-3.0-or-later
// What the main window asks for and what comes to it: files, keys, drops, closing.
#include "ui/mainwindow.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QCloseEvent>
#include <QComboBox>
#include <QFileDialog>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QTextEdit>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

QString droppedFile(const QMimeData& data)
{
    for (const QUrl& url : data.urls()) {
        if (url.isLocalFile())
            return url.toLocalFile();
    }
    return {};
}

} // namespace

QString MainWindow::askForModel()
{
    return QFileDialog::getOpenFileName(this, tr("Where is the model of this session?"), QString(),
                                        tr("Networks and arrays (*.onnx *.npy *.npz);;All files (*)"));
}

void MainWindow::chooseSessionToSave()
{
    QString path =
        QFileDialog::getSaveFileName(this, tr("Save the session"), QString(), tr("Sessions (*.quantoscope)"));
    if (path.isEmpty())
        return;
    if (!path.endsWith(u".quantoscope"_s, Qt::CaseInsensitive))
        path += u".quantoscope"_s;
    emit saveAsRequested(path);
}

MainWindow::SaveAnswer MainWindow::askToSave(const QString& name)
{
    const auto answer = QMessageBox::question(
        this, tr("Changed session"), tr("%1 has changes that are not saved.").arg(name),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
    return answer == QMessageBox::Save      ? SaveAnswer::Save
           : answer == QMessageBox::Discard ? SaveAnswer::Discard
                                            : SaveAnswer::Cancel;
}

void MainWindow::chooseFile()
{
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a network or an array"), QString(),
                                     tr("Networks, arrays and sessions (*.onnx *.npy *.npz *.quantoscope);;"
                                        "All files (*)"));
    if (!path.isEmpty())
        emit openRequested(path);
}

namespace {

/// Whether the space bar is for the widget itself.
bool usesSpace(QWidget* widget)
{
    return qobject_cast<QAbstractButton*>(widget) || qobject_cast<QLineEdit*>(widget)
           || qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QComboBox*>(widget)
           || qobject_cast<QTextEdit*>(widget) || qobject_cast<QPlainTextEdit*>(widget);
}

} // namespace

bool MainWindow::eventFilter(QObject* object, QEvent* event)
{
    // Held space shows B; the key repeats while it is held.
    if (event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease) {
        const auto* key = static_cast<QKeyEvent*>(event);
        auto* widget = qobject_cast<QWidget*>(object);
        if (key->key() == Qt::Key_Space && key->modifiers() == Qt::NoModifier && widget
            && widget->window() == this && m_pictureB && !usesSpace(widget)) {
            if (!key->isAutoRepeat())
                setShowingB(event->type() == QEvent::KeyPress);
            return true;
        }
    }
    return QMainWindow::eventFilter(object, event);
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && !isActiveWindow() && m_showingB)
        setShowingB(false); // the key's release goes elsewhere
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_closeGuard && !m_closeGuard())
        return event->ignore();
    emit aboutToClose();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedFile(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString path = droppedFile(*event->mimeData());
    if (path.isEmpty())
        return;
    event->acceptProposedAction();
    emit openRequested(path);
}

} // namespace quantoscope
