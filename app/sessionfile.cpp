// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sessionfile.h"

#include "app/setupjson.h"
#include "core/report/provenance.h"
#include "core/support/error.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

constexpr qint64 largest = 64 << 20; ///< far above any session; nobody waits for a film that was renamed

const QString versionKey = u"quantoscopeSession"_s;

[[noreturn]] void fail(ErrorCode code, const QString& path, const QString& what)
{
    throw Error(code, u"%1: %2"_s.arg(path, what).toStdString(), path.toStdString());
}

QJsonObject modelJson(const QString& path, const SessionFile& session)
{
    QJsonObject model{{u"path"_s, session.model}};
    if (isModelFile(session.model)) {
        model.insert(u"relative"_s, QFileInfo(path).absoluteDir().relativeFilePath(session.model));
        model.insert(u"sha256"_s, session.sha256);
    }
    return model;
}

QString foundModel(const QString& path, const QJsonObject& model)
{
    const QString absolute = model.value(u"path"_s).toString();
    if (!isModelFile(absolute))
        return absolute;
    const QString relative = model.value(u"relative"_s).toString();
    const QString beside = QDir::cleanPath(QFileInfo(path).absoluteDir().absoluteFilePath(relative));
    return !relative.isEmpty() && QFileInfo(beside).isFile() ? beside : absolute;
}

QJsonObject readObject(const QString& path)
{
    QFile file(path);
    if (!file.exists())
        fail(ErrorCode::FileNotFound, path, u"there is no such file."_s);
    if (!file.open(QIODevice::ReadOnly))
        fail(ErrorCode::FileUnreadable, path, file.errorString() + u'.');
    if (file.size() > largest)
        fail(ErrorCode::FileFormat, path, u"too large for a session."_s);
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &error);
    if (error.error != QJsonParseError::NoError)
        fail(ErrorCode::FileFormat, path,
             u"damaged at byte %1 (%2)."_s.arg(error.offset).arg(error.errorString()));
    if (!document.isObject() || !document.object().contains(versionKey))
        fail(ErrorCode::FileFormat, path, u"this is no session of Quantoscope."_s);
    return document.object();
}

} // namespace

bool isModelFile(const QString& model)
{
    return !model.isEmpty() && model != u"sample"_s && !model.startsWith(u"synth:"_s);
}

bool isSessionPath(const QString& path) { return path.endsWith(u".quantoscope"_s, Qt::CaseInsensitive); }

void writeSessionFile(const QString& path, const SessionFile& session)
{
    QJsonArray scenes;
    for (const Scene& scene : session.scenes)
        scenes.append(toJson(scene));
    const QJsonObject view{{u"tab"_s, session.tab},
                           {u"layer"_s, QString::fromStdString(session.layer)},
                           {u"set"_s, session.set ? QJsonValue(qint64(*session.set)) : QJsonValue()}};
    const QJsonObject meta{{u"program"_s, u"quantoscope"_s},
                           {u"version"_s, QString::fromStdString(programVersion())},
                           {u"commit"_s, QString::fromStdString(programCommit())}};
    const QJsonObject json{{versionKey, SessionFile::version},
                           {u"model"_s, modelJson(path, session)},
                           {u"setup"_s, toJson(session.setup)},
                           {u"scenes"_s, scenes},
                           {u"view"_s, view},
                           {u"meta"_s, meta}};
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(json).toJson()) < 0 || !file.commit())
        fail(ErrorCode::FileUnreadable, path, u"cannot be written: %1."_s.arg(file.errorString()));
}

SessionFile readSessionFile(const QString& path)
{
    const QJsonObject json = readObject(path);
    const int version = json.value(versionKey).toInt(-1);
    if (version > SessionFile::version)
        fail(
            ErrorCode::FileFormat, path,
            u"written by a newer Quantoscope (session format %1, this program reads up to %2)."_s.arg(version)
                .arg(SessionFile::version));
    if (version < 1)
        fail(ErrorCode::FileFormat, path, u"the version of the session is no number."_s);
    const QJsonObject model = json.value(u"model"_s).toObject();
    const QJsonObject view = json.value(u"view"_s).toObject();
    SessionFile session;
    session.model = foundModel(path, model);
    session.sha256 = model.value(u"sha256"_s).toString();
    if (session.model.isEmpty())
        fail(ErrorCode::FileFormat, path, u"it names no model."_s);
    if (!json.value(u"setup"_s).isObject())
        fail(ErrorCode::FileFormat, path, u"it holds no \"setup\"."_s);
    session.setup = setupFromJson(json.value(u"setup"_s).toObject(), path);
    for (const QJsonValue& scene : json.value(u"scenes"_s).toArray())
        session.scenes.push_back(sceneFromJson(scene.toObject(), path));
    session.layer = view.value(u"layer"_s).toString().toStdString();
    session.tab = view.value(u"tab"_s).toString();
    if (const qint64 set = view.value(u"set"_s).toInteger(-1); set >= 0)
        session.set = static_cast<std::size_t>(set);
    return session;
}

} // namespace quantoscope
