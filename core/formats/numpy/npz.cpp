// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/numpy/npy.h"

#include "core/formats/atomicfile.h"
#include "core/formats/numpy/zipfile.h"
#include "core/formats/utf8.h"
#include "core/support/error.h"
#include "core/support/mappedfile.h"

#include <algorithm>

namespace quantoscope {

namespace {

constexpr std::string_view extension = ".npy";

std::string arrayName(const std::string& entry)
{
    std::string name = validUtf8(entry);
    if (name.ends_with(extension))
        name.resize(name.size() - extension.size());
    return name;
}

/// Reads the header first and then exactly the bytes it announces, whatever the directory claims.
Tensor readEntry(ZipFile& zip, std::size_t index)
{
    // A header of up to 64 KiB; NumPy writes 118 bytes.
    std::vector<std::byte> start(std::min<std::uint64_t>(zip.size(index), 65536));
    ZipEntry entry = zip.open(index);
    entry.readExactly(start);
    const NpyHeader header = parseNpyHeader(start);
    if (zip.size(index) - header.dataOffset != header.dataBytes)
        throw Error(ErrorCode::FileFormat,
                    toText(header.shape) + " elements of " + std::string(nameOf(header.dtype)) + " take "
                        + std::to_string(header.dataBytes) + " bytes, but the entry has "
                        + std::to_string(zip.size(index) - header.dataOffset));
    auto held = std::make_shared<std::vector<std::byte>>(
        start.begin() + static_cast<std::ptrdiff_t>(header.dataOffset), start.end());
    entry.appendExactly(*held, header.dataBytes);
    return tensorFromNpy(header, *held, held);
}

/// Calls `use(name, tensor)` or `skip(name, error)` for each array.
template <class Use, class Skip>
void forEachArray(const std::filesystem::path& path, Use use, Skip skip)
{
    ZipFile zip(path);
    const std::uint64_t limit = std::max<std::uint64_t>(std::uint64_t{1} << 30, 64 * zip.fileBytes());
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < zip.count(); ++i) {
        const std::string name = arrayName(zip.name(i));
        try {
            if (zip.size(i) > limit - total)
                throw Error(ErrorCode::FileFormat, "its " + std::to_string(zip.size(i))
                                                       + " bytes exceed what a file of this size may hold ("
                                                       + std::to_string(limit) + " bytes)");
            Tensor tensor = readEntry(zip, i);
            total += zip.size(i);
            use(name, std::move(tensor));
        } catch (const Error& error) {
            skip(name, error);
        }
    }
}

void addArray(Network& network, std::string name, Tensor tensor)
{
    if (tensor.size() == 0) {
        network.skipped.push_back({std::move(name), "the array holds no elements"});
        return;
    }
    if (tensor.dtype == DType::Bool) {
        network.skipped.push_back({std::move(name), "truth values are no weights"});
        return;
    }
    if (!isInteger(tensor.dtype))
        network.parameters += tensor.size();
    Layer layer;
    layer.id = {static_cast<std::uint32_t>(network.layers.size())};
    layer.name = name;
    layer.weight = {layer.id.index};
    network.layers.push_back(std::move(layer));
    network.weights.push_back({std::move(name), std::move(tensor), std::nullopt});
}

} // namespace

std::vector<NamedTensor> readNpz(const std::filesystem::path& path)
{
    std::vector<NamedTensor> arrays;
    forEachArray(
        path,
        [&](const std::string& name, Tensor tensor) {
            arrays.push_back({name, std::move(tensor)});
        },
        [&](const std::string& name, const Error& error) {
            throw Error(error.code(),
                        "Cannot read '" + name + "' in '" + path.string() + "': " + error.what() + ".",
                        path.string());
        });
    return arrays;
}

void writeNpz(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors)
{
    AtomicFile file(path);
    ZipWriter zip(file.temporaryPath());
    for (const NamedTensor& array : tensors) {
        const std::string header = npyHeaderText(array.tensor.dtype, array.tensor.shape);
        const auto start = std::as_bytes(std::span(header));
        std::vector<std::byte> bytes(start.begin(), start.end());
        bytes.insert(bytes.end(), array.tensor.bytes.begin(), array.tensor.bytes.end());
        zip.add(array.name + std::string(extension), std::move(bytes));
    }
    zip.close();
    file.commit();
}

std::shared_ptr<const Network> readNumpyNetwork(const std::filesystem::path& path)
{
    auto network = std::make_shared<Network>();
    network->path = path.string();
    network->fileBytes = MappedFile::open(path)->bytes().size();
    if (path.extension() == ".npz" || isZip(path)) {
        network->format = "npz";
        forEachArray(
            path,
            [&](const std::string& name, Tensor tensor) { addArray(*network, name, std::move(tensor)); },
            [&](const std::string& name, const Error& error) {
                network->skipped.push_back({name, error.what()});
            });
        return network;
    }
    network->format = "npy";
    addArray(*network, validUtf8(path.stem().string()), readNpy(path));
    return network;
}

} // namespace quantoscope
