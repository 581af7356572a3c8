// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/preprocessing.h"
#include "core/samples/samplesource.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace quantoscope {

/// The images in a folder: files ending in .png, .jpg or .jpeg, sorted by the bytes of their names. A folder that holds
/// folders instead is one of classes: class 0 is the first in sorted order, its images come first and are named
/// "CLASS/FILE". Hidden names and other files are left out; folders inside class folders too.
struct ImageFolder
{
    std::filesystem::path path;
    std::vector<std::string> names;    ///< relative to path
    std::vector<std::int64_t> classes; ///< of each; empty in a folder without classes
};

/// Throws Error: no such folder, not readable, no images, images beside folders of images.
ImageFolder listImages(const std::filesystem::path& path);

/// Samples of one f32 input, or of a u8 one where the formula leaves 0…255 alone (no scale, mean, std, ones). Images are decoded and preprocessed when read, in
/// parallel. Reading throws Error naming the image that cannot be decoded (image.h). `input` may have no name and no shape
/// (not known): then size has to be set, and layout is nchw, colour rgb, unless set.
std::shared_ptr<const SampleSource> imageSource(ImageFolder folder, const Preprocessing& preprocessing,
                                                const InputSpec& input);

} // namespace quantoscope
