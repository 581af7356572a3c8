// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/suites.h"

#include "core/formats/onnx/onnxreader.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <onnx/onnx_pb.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace quantoscope::bench {

namespace {

const std::filesystem::path models = QUANTOSCOPE_SOURCE_DIR "/.cache/models";
const std::filesystem::path ocr = models / "ch_PP-OCRv4_rec_infer.onnx";
const std::filesystem::path small = models / "ch_ppocr_mobile_v2.0_cls_infer.onnx";

bool haveNetworks()
{
    if (std::filesystem::exists(ocr) && std::filesystem::exists(small))
        return true;
    std::fprintf(stderr,
                 "No test networks in .cache/models (./dev deps fetches them): opening is not measured.\n");
    return false;
}

void parseAlone()
{
    std::FILE* const file = std::fopen(ocr.c_str(), "rb");
    google::protobuf::io::FileInputStream stream(fileno(file));
    onnx::ModelProto model;
    benchmark::DoNotOptimize(model.ParseFromZeroCopyStream(&stream));
    std::fclose(file);
}

double residentBytes()
{
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// What opening adds to resident memory, over the size of the file. The small network first, so that code
/// pages and allocator arenas do not count.
double growthOverSize()
{
    {
        const auto warm = readOnnx(small);
    }
    const double before = residentBytes();
    const auto network = readOnnx(ocr);
    benchmark::DoNotOptimize(network);
    return (residentBytes() - before) / static_cast<double>(std::filesystem::file_size(ocr));
}

/// Runs it in a child, whose memory nothing else has touched.
double growthInChild()
{
    int ends[2];
    if (pipe(ends) != 0)
        return 0;
    const pid_t child = fork();
    if (child == 0) {
        const double growth = growthOverSize();
        const bool sent = write(ends[1], &growth, sizeof growth) == sizeof growth;
        _exit(sent ? 0 : 1);
    }
    double growth = 0;
    const bool received = child > 0 && read(ends[0], &growth, sizeof growth) == sizeof growth;
    close(ends[0]);
    close(ends[1]);
    waitpid(child, nullptr, 0);
    return received ? growth : 0;
}

} // namespace

std::vector<Timed> openSuite()
{
    if (!haveNetworks())
        return {};
    const auto bytes = static_cast<double>(std::filesystem::file_size(ocr));
    return {
        {Row{"read and parse a 10.8 MB network", "", Goal::None, 0, bytes}, parseAlone},
        {Row{"open the same network", "read and parse a 10.8 MB network", Goal::AtMost, 3, bytes},
         [] { benchmark::DoNotOptimize(readOnnx(ocr)); }},
    };
}

std::vector<Figure> openMemory()
{
    if (!haveNetworks())
        return {};
    std::vector<double> growths;
    for (int i = 0; i < 5; ++i)
        growths.push_back(growthInChild());
    return {plainFigure(Row{"memory held / size of the file", "file size", Goal::AtMost, 1.3, 0}, growths)};
}

} // namespace quantoscope::bench
