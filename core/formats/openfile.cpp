// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openfile.h"

#include "core/formats/numpy/npy.h"
#include "core/formats/onnx/onnxreader.h"
#include "core/formats/synth/synth.h"
#include "core/support/error.h"
#include "core/support/mappedfile.h"

#include <algorithm>
#include <cctype>

namespace quantoscope {

namespace {

enum class FileKind { Onnx, Numpy, Unknown };

FileKind kindByName(const std::filesystem::path& path)
{
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (extension == ".onnx")
        return FileKind::Onnx;
    return extension == ".npy" || extension == ".npz" ? FileKind::Numpy : FileKind::Unknown;
}

FileKind kindByContent(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with("\x93NUMPY") || text.starts_with("PK\x03\x04"))
        return FileKind::Numpy;
    // An ONNX file starts with field 1, the IR version, a small number.
    return text.size() > 2 && text[0] == '\x08' && text[1] > 0 && text[1] < 32 ? FileKind::Onnx
                                                                               : FileKind::Unknown;
}

} // namespace

std::shared_ptr<const Network> openNetwork(const std::string& fileOrSynth, std::stop_token stop,
                                           const ProgressFn& progress)
{
    if (fileOrSynth.starts_with("synth:"))
        return readSynth(fileOrSynth, stop);
    const std::filesystem::path path(fileOrSynth);
    FileKind kind = kindByName(path);
    if (kind == FileKind::Unknown)
        kind = kindByContent(path);
    if (kind == FileKind::Onnx)
        return readOnnx(path, stop, progress);
    if (kind == FileKind::Numpy)
        return readNumpyNetwork(path);
    throw Error(ErrorCode::FileFormat,
                "Cannot open '" + fileOrSynth
                    + "': its format is not known; .onnx, .npy, .npz and synth: can be opened.",
                fileOrSynth);
}

} // namespace quantoscope
