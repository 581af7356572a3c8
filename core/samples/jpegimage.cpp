// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/image.h"
#include "core/support/error.h"

#include <memory>
#include <string>
#include <turbojpeg.h>

namespace quantoscope {

namespace {

struct Destroy
{
    void operator()(void* handle) const { tjDestroy(handle); }
};
using Decoder = std::unique_ptr<void, Destroy>;

[[noreturn]] void fail(const Decoder& decoder)
{
    throw Error(ErrorCode::FileFormat, std::string("the JPEG is damaged: ") + tjGetErrorStr2(decoder.get()));
}

} // namespace

Image decodeJpeg(std::span<const std::byte> bytes)
{
    const Decoder decoder(tjInitDecompress());
    if (!decoder)
        throw Error(ErrorCode::Unsupported, "the JPEG decoder does not start");
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0;
    int height = 0;
    int sampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &sampling, &colours) != 0)
        fail(decoder);
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        throw Error(ErrorCode::Unsupported, "its colours are CMYK; store it as RGB");
    checkImageSize(static_cast<std::size_t>(width), static_cast<std::size_t>(height));
    const bool grey = colours == TJCS_GRAY;
    Image image{static_cast<std::size_t>(width), static_cast<std::size_t>(height), grey ? 1u : 3u, {}};
    image.pixels.resize(image.width * image.height * image.channels);
    // Every warning is a failure here: what a cut off file lacks would be grey, and as a sample that would be a lie. A file of
    // thousands of scans would take minutes.
    constexpr int flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    if (tjDecompress2(decoder.get(), data, bytes.size(), image.pixels.data(), width, 0, height,
                      grey ? TJPF_GRAY : TJPF_RGB, flags)
        != 0)
        fail(decoder);
    return image;
}

} // namespace quantoscope
