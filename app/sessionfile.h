// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/setup.h"

#include <QString>

#include <vector>

namespace quantoscope {

/// What a .quantoscope file holds: everything but the network itself.
struct SessionFile
{
    static constexpr int version = 1;

    QString model;  ///< absolute path, "sample", or synth:…
    QString sha256; ///< of the model's bytes; "": of a network that is no file
    Setup setup;
    std::vector<Scene> scenes;
    std::string layer; ///< name; "": none
    QString tab;
    std::optional<std::size_t> set;
    bool operator==(const SessionFile&) const = default;
};

/// Writes all or nothing. Throws Error(FileUnreadable).
void writeSessionFile(const QString& path, const SessionFile& session);

/// `model` is where the file was found: beside the session as it was, else where it was; else where it was, though it
/// is not there. Throws Error(FileNotFound, FileUnreadable, FileFormat, SchemeText) naming file and place.
SessionFile readSessionFile(const QString& path);

/// Whether `model` names a file rather than the sample or made-up values.
bool isModelFile(const QString& model);
bool isSessionPath(const QString& path);

} // namespace quantoscope
