// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/samples/image.h"
#include "core/samples/inputspec.h"
#include "core/tensor/tensor.h"

#include <string>
#include <vector>

namespace quantoscope {

enum class InputLayout { Automatic, Nchw, Nhwc };
enum class ImageColour { Automatic, Rgb, Bgr, Gray, RgbOne, BgrOne };
enum class ImageFit {
    Stretch, ///< both sides resized, whatever the proportions
    Crop,    ///< the largest middle part of the wanted proportions, resized
    Pad      ///< resized to fit, at the top left; the rest is `pad`
};

/// How an image becomes a network's input: resized (resize.h), its channels brought into order, then
///
///     v' = (v·scale - mean[c])/std[c],   v in 0…255,
///
/// in double, rounded once to f32. As text `key=value,…`:
///
/// | key    | values (default first)                                                                          |
/// |--------|-------------------------------------------------------------------------------------------------|
/// | size   | WIDTHxHEIGHT; default: the input's                                                              |
/// | layout | nchw · nhwc; default: where the input has its channels                                          |
/// | color  | rgb · bgr · gray; default: rgb or gray by the input's channels; rgb1, bgr1: a fourth of ones    |
/// | scale  | 1; a number or a fraction, 1/255                                                                |
/// | mean   | 0; one number, or one for each channel in the order of `color`, divided by ':'                  |
/// | std    | 1; as mean, not 0                                                                               |
/// | resize | stretch · crop · pad                                                                            |
/// | pad    | 0; 0…255, before the formula                                                                    |
///
/// or the name of a .json file with an object of the same keys: numbers or texts, and arrays for size, mean and std.
struct Preprocessing
{
    std::size_t width = 0; ///< 0: the input's
    std::size_t height = 0;
    InputLayout layout = InputLayout::Automatic;
    ImageColour colour = ImageColour::Automatic;
    double scale = 1;
    std::vector<double> mean; ///< empty: 0; one: for all channels
    std::vector<double> std;  ///< empty: 1
    ImageFit fit = ImageFit::Stretch;
    int pad = 0;

    bool operator==(const Preprocessing&) const = default;
};

/// Throws Error(InvalidArgument) naming key and value, with the nearest key; Error of the file. "" is the default.
Preprocessing parsePreprocessing(const std::string& text);

/// With everything set: size, layout and colour taken from the input's shape [N,C,H,W] or [N,H,W,C] where they were left
/// open. Channels are found as 1 or 3 (4 when a colour with ones is asked for), on axis 1 first. Throws
/// Error(InvalidArgument) naming the input: no rank 4, no such channels, a size that differs or is not known.
Preprocessing fittedTo(Preprocessing preprocessing, const InputSpec& input);

/// One sample, [C,H,W] or [H,W,C], f32. `preprocessing` as fittedTo() gives it.
std::vector<float> preprocessed(const Image& image, const Preprocessing& preprocessing);
Shape sampleShapeOf(const Preprocessing& preprocessing);

} // namespace quantoscope
