// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/networkinput.h"

#include "app/cli/text.h"
#include "app/cli/textinput.h"
#include "app/sample.h"
#include "core/formats/openfile.h"
#include "core/support/sha256.h"

#include <charconv>

namespace quantoscope {

namespace {

constexpr std::string_view synthetic = "synth:";

/// The seed in "synth:KIND,seed=N,…"; 0 is the default there too.
std::uint64_t seedOf(std::string_view text)
{
    for (const std::string_view piece : splitText(text, ',')) {
        constexpr std::string_view key = "seed=";
        std::uint64_t seed = 0;
        if (piece.starts_with(key)
            && std::from_chars(piece.data() + key.size(), piece.data() + piece.size(), seed).ec
                   == std::errc{})
            return seed;
    }
    return 0;
}

} // namespace

NetworkInput openInput(const std::string& given, Job& job)
{
    NetworkInput input;
    input.given = given;
    if (!given.starts_with(synthetic))
        input.path = given == "sample" ? sampleNetworkPath().string() : given;
    ProgressLine progress(job);
    input.network = openNetwork(input.path.empty() ? given : input.path, job.stop, progress.function());
    return input;
}

void describeInput(Provenance& provenance, const NetworkInput& input, const Job& job)
{
    provenance.model = input.given;
    if (input.path.empty())
        provenance.seeds.push_back(seedOf(input.given));
    else
        provenance.modelSha256 = sha256OfFile(input.path, job.stop);
}

std::string summaryOf(const NetworkInput& input)
{
    const Network& network = *input.network;
    std::string text = nameText(input.given, 100) + '\n' + network.format;
    if (!network.producer.empty())
        text += " by " + nameText(network.producer, 30);
    text += ", " + countText(network.layers.size()) + (network.layers.size() == 1 ? " layer, " : " layers, ")
            + countText(network.parameters) + " parameters";
    if (network.fileBytes > 0)
        text += ", " + bytesText(network.fileBytes);
    return text;
}

} // namespace quantoscope
