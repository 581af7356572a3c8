// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/samples/imagefolder.h"

#include "core/samples/arraysource.h"
#include "core/samples/labels.h"
#include "core/support/error.h"
#include "core/support/parallelfor.h"

#include <algorithm>
#include <cassert>

namespace quantoscope {

namespace {

namespace fs = std::filesystem;

struct Listing
{
    std::vector<std::string> images;
    std::vector<std::string> folders;
};

[[noreturn]] void fail(ErrorCode code, const fs::path& path, const std::string& reason)
{
    throw Error(code, "Cannot read the images in '" + path.string() + "': " + reason + ".", path.string());
}

/// Sorted names.
Listing list(const fs::path& path)
{
    Listing listing;
    std::error_code error;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        std::error_code ignored;
        if (name.starts_with('.'))
            continue;
        if (at->is_directory(ignored)) {
            listing.folders.push_back(name);
            continue;
        }
        const std::string extension = extensionOf(at->path());
        if (extension == ".png" || extension == ".jpg" || extension == ".jpeg")
            listing.images.push_back(name);
    }
    if (error)
        fail(error == std::errc::no_such_file_or_directory ? ErrorCode::FileNotFound
                                                           : ErrorCode::FileUnreadable,
             path, error.message());
    std::sort(listing.images.begin(), listing.images.end());
    std::sort(listing.folders.begin(), listing.folders.end());
    return listing;
}

bool keepsBytes(const Preprocessing& how)
{
    const auto isAll = [](const std::vector<double>& values, double wanted) {
        return std::all_of(values.begin(), values.end(), [&](double value) { return value == wanted; });
    };
    return how.scale == 1 && isAll(how.mean, 0) && isAll(how.std, 1) && how.colour != ImageColour::RgbOne
           && how.colour != ImageColour::BgrOne;
}

class ImageSource final : public SampleSource
{
public:
    ImageSource(ImageFolder folder, const Preprocessing& how, const InputSpec& input)
        : m_folder(std::move(folder)), m_how(how), m_input(input)
    {
    }

    std::size_t count() const override { return m_folder.names.size(); }

    std::vector<InputValue> read(std::span<const std::size_t> indices) const override
    {
        Shape shape = sampleShapeOf(m_how);
        const std::size_t each = *elementCount(shape);
        std::vector<float> values(each * indices.size());
        parallelFor(indices.size(), [&](std::size_t i) {
            assert(indices[i] < count());
            const Image image = readImage(m_folder.path / m_folder.names[indices[i]]);
            const std::vector<float> sample = preprocessed(image, m_how);
            std::copy(sample.begin(), sample.end(), values.begin() + static_cast<std::ptrdiff_t>(i * each));
        });
        shape.insert(shape.begin(), static_cast<std::int64_t>(indices.size()));
        std::vector<InputValue> read;
        read.push_back({m_input.name, m_input.dtype == DType::U8
                                          ? bytesOf(shape, values)
                                          : tensorFromFloats(shape, std::move(values))});
        return read;
    }

    std::array<std::uint8_t, 32> hash(std::size_t index) const override
    {
        return hashOfSample(read(std::span(&index, 1)));
    }

    std::string description() const override
    {
        fs::path name = m_folder.path.filename();
        if (name.empty())
            name = m_folder.path.parent_path().filename();
        return name.string() + "/, " + sampleCountText(count());
    }

    std::optional<std::vector<std::int64_t>> labels() const override
    {
        return m_folder.classes.empty() ? std::nullopt : std::optional(m_folder.classes);
    }

private:
    static Tensor bytesOf(const Shape& shape, const std::vector<float>& values)
    {
        auto held = std::make_shared<std::vector<std::uint8_t>>();
        held->reserve(values.size());
        for (const float value : values)
            held->push_back(static_cast<std::uint8_t>(value));
        return {DType::U8, shape, std::as_bytes(std::span(*held)), held};
    }

    ImageFolder m_folder;
    Preprocessing m_how;
    InputSpec m_input;
};

} // namespace

ImageFolder listImages(const fs::path& path)
{
    const Listing top = list(path);
    ImageFolder folder{path, top.images, {}};
    for (std::size_t i = 0; i < top.folders.size(); ++i)
        for (const std::string& name : list(path / top.folders[i]).images) {
            folder.names.push_back(top.folders[i] + '/' + name);
            folder.classes.push_back(static_cast<std::int64_t>(i));
        }
    if (folder.names.empty())
        fail(ErrorCode::InvalidArgument, path, "there is no .png, .jpg or .jpeg in it or in its folders");
    if (!top.images.empty() && !folder.classes.empty())
        fail(ErrorCode::InvalidArgument, path,
             "there are images beside folders of images; for classes put every image into the folder of its "
             "class");
    return folder;
}

std::shared_ptr<const SampleSource> imageSource(ImageFolder folder, const Preprocessing& preprocessing,
                                                const InputSpec& input)
{
    InputSpec wanted = input;
    Preprocessing how = preprocessing;
    if (wanted.shape.empty()) {
        wanted.shape = {-1, -1, -1, -1};
        if (how.layout == InputLayout::Automatic)
            how.layout = InputLayout::Nchw;
    }
    how = fittedTo(how, wanted);
    if (wanted.dtype == DType::U8 && !keepsBytes(how))
        throw Error(ErrorCode::InvalidArgument,
                    "Input '" + wanted.name
                        + "' takes bytes 0 to 255: leave out scale, mean, std and the channel of ones.",
                    wanted.name);
    return std::make_shared<ImageSource>(std::move(folder), how, wanted);
}

} // namespace quantoscope
