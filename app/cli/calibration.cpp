// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/calibration.h"

#include "core/formats/numpy/npy.h"
#include "core/support/sha256.h"

namespace quantoscope {

Calibration::Calibration(const std::string& file) : m_file(file)
{
    if (file.empty())
        return;
    if (!file.ends_with(".npz")) {
        const Tensor tensor = readNpy(file);
        m_byLayer[""] = {floatsOf(tensor), tensor.shape};
        return;
    }
    for (const NamedTensor& entry : readNpz(file))
        m_byLayer[entry.name] = {floatsOf(entry.tensor), entry.tensor.shape};
}

void Calibration::apply(LayerData& data, const std::string& layer) const
{
    const auto own = m_byLayer.find(layer);
    const auto found = own != m_byLayer.end() ? own : m_byLayer.find("");
    if (found != m_byLayer.end())
        data.setInputs(found->second.values, found->second.shape);
}

void Calibration::describe(Provenance& provenance, std::stop_token stop) const
{
    if (m_file.empty())
        return;
    provenance.data = m_file;
    provenance.dataSha256 = sha256OfFile(m_file, std::move(stop));
    if (const auto all = m_byLayer.find(""); all != m_byLayer.end() && all->second.shape.size() == 2)
        provenance.samples = static_cast<std::uint64_t>(all->second.shape[0]);
}

} // namespace quantoscope
