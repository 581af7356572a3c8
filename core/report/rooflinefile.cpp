// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/rooflinefile.h"

#include "core/formats/atomicfile.h"
#include "core/report/hardware.h"
#include "core/support/error.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace quantoscope {

namespace {

struct Field
{
    const char* key;
    double RooflineFigures::*figure;
};

constexpr std::array<Field, 6> fields = {{
    {"readGBps", &RooflineFigures::readOneThread},
    {"readAllThreadsGBps", &RooflineFigures::readAllThreads},
    {"int8Gmacs", &RooflineFigures::int8Peak},
    {"int16Gmacs", &RooflineFigures::int16Peak},
    {"binaryGmacs", &RooflineFigures::binaryPeak},
    {"floatGmacs", &RooflineFigures::floatPeak},
}};
constexpr double giga = 1e9;

RooflineFigures figuresOf(const Json& json)
{
    RooflineFigures figures;
    figures.cpu = json.at("cpu").get<std::string>();
    figures.isa = parseIsa(json.at("isa").get<std::string>());
    figures.threads = json.at("threads").get<int>();
    for (const Field& field : fields) {
        figures.*field.figure = json.at(field.key).get<double>() * giga;
        if (!(figures.*field.figure > 0))
            throw Error(ErrorCode::FileFormat, "A figure of the machine is not positive.");
    }
    return figures;
}

RooflineCache readCache(const std::filesystem::path& file)
{
    RooflineCache cache;
    std::ifstream stream(file);
    const Json json = Json::parse(stream, nullptr, false);
    if (!json.is_array())
        return cache;
    for (const Json& entry : json) {
        try {
            cache.put(figuresOf(entry));
        } catch (const std::exception&) { // of another version, or damaged: measured again
        }
    }
    return cache;
}

void writeCache(const std::filesystem::path& file, const RooflineCache& cache)
{
    Json json = Json::array();
    for (const RooflineFigures& figures : cache.entries)
        json.push_back(toJson(figures));
    const std::string text = toText(json);
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    try {
        AtomicFile target(file);
        target.write(std::as_bytes(std::span(text)));
        target.commit();
    } catch (const Error&) { // measured again next time
    }
}

} // namespace

Json toJson(const RooflineFigures& figures)
{
    Json json;
    json["cpu"] = figures.cpu;
    json["isa"] = nameOf(figures.isa);
    json["threads"] = figures.threads;
    for (const Field& field : fields)
        json[field.key] = jsonNumber(figures.*field.figure / giga);
    return json;
}

RooflineFigures rooflineOfThisMachine(const std::filesystem::path& file, Isa isa, int threads, bool again,
                                      std::stop_token stop)
{
    RooflineCache cache = readCache(file);
    const std::string cpu = cpuName();
    if (const RooflineFigures* known = cache.find(cpu, isa, threads); known && !again)
        return *known;
    RooflineFigures figures = measureRoofline(cpu, isa, threads, stop);
    cache.put(figures);
    writeCache(file, cache);
    return figures;
}

} // namespace quantoscope
