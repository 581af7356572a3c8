// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/formats/numpy/npyheader.h"
#include "core/network/network.h"
#include "core/tensor/tensor.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace quantoscope {

struct NamedTensor
{
    std::string name;
    Tensor tensor;
};

/// A .npy file: element types f2 f4 f8 i1 u1 i2 u2 i4 u4 i8 b1 in both byte orders, C and Fortran order. The
/// result is row-major and little-endian; a view into the mapped file where the file is that already.
/// Throws Error naming the file.
Tensor readNpy(const std::filesystem::path& path);

/// The arrays of a .npz file in file order; names without ".npy". Throws Error naming file and entry. To
/// bound memory, all arrays together may take 1 GiB or 64 times the file, whichever is more.
std::vector<NamedTensor> readNpz(const std::filesystem::path& path);

/// Both write a temporary file beside the target and rename it. Throw Error (WriteFailed; Unsupported for
/// element types NumPy does not have).
void writeNpy(const std::filesystem::path& path, const Tensor& tensor);
void writeNpz(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors);

/// A .npy or .npz file as a network: one layer of kind Array per array, named after the file or the
/// entry, channel axis 0. An entry of an .npz that cannot be read is listed in Network::skipped.
std::shared_ptr<const Network> readNumpyNetwork(const std::filesystem::path& path);

/// The elements as the header describes them, in row-major little-endian order. `data`: exactly
/// header.dataBytes, kept alive by `owner`. For the readers of this room.
Tensor tensorFromNpy(const NpyHeader& header, std::span<const std::byte> data,
                     std::shared_ptr<const void> owner);

} // namespace quantoscope
