// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/chartcommand.h"

#include "app/chartcommand/chartkinds.h"
#include "app/cli/job.h"
#include "app/cli/networkinput.h"
#include "app/cli/outputfile.h"
#include "core/support/error.h"
#include "core/support/nearestname.h"
#include "ui/export/chartexport.h"

#include <QApplication>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <ostream>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

struct ChartOptions
{
    std::string file;
    std::string layer;
    std::string kind;
    std::vector<std::string> schemes;
    std::string output;
    std::string size = "screen";
    std::string theme = "light";
    std::string text = "text";
    std::string animate;
    double fontSize = 0;
    double scale = 2;
    bool noTitle = false;
    bool noCaption = false;
    bool json = false;
};

const ChartKind& kindOf(const std::string& name)
{
    std::vector<std::string_view> names;
    std::string list;
    for (const ChartKind& kind : chartKinds()) {
        if (kind.name == name)
            return kind;
        names.push_back(kind.name);
        list += (list.empty() ? "" : ", ") + kind.name;
    }
    const std::string nearest = nearestName(name, names);
    throw UsageError("Unknown kind '" + name + "'"
                     + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") + " There are: " + list
                     + ".");
}

LayerId layerOf(const Network& network, const std::string& name)
{
    if (name.empty()) {
        if (network.layers.size() == 1)
            return network.layers.front().id;
        throw UsageError("Give the layer with --layer; 'quantoscope info' lists them.");
    }
    if (const auto found = network.findLayer(name))
        return *found;
    std::vector<std::string_view> names;
    for (const Layer& layer : network.layers)
        names.push_back(layer.name);
    const std::string nearest = nearestName(name, names);
    throw Error(ErrorCode::InvalidArgument,
                "There is no layer '" + name + "'"
                    + (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"));
}

ExportSettings settingsOf(const ChartOptions& options)
{
    ExportSettings settings;
    if (!setSizeText(settings, QString::fromStdString(options.size)))
        throw UsageError("--size takes screen, slide, 85mm, 170mm or WIDTHxHEIGHT, not '" + options.size
                         + "'.");
    const auto theme = exportThemeOf(QString::fromStdString(options.theme));
    if (!theme)
        throw UsageError("--theme takes light, dark or transparent, not '" + options.theme + "'.");
    if (options.text != "text" && options.text != "outlines")
        throw UsageError("--text takes text or outlines, not '" + options.text + "'.");
    settings.theme = *theme;
    settings.text = options.text == "text" ? SvgText::Text : SvgText::Outlines;
    settings.fontSize = options.fontSize;
    settings.scale = options.scale;
    settings.title = !options.noTitle;
    settings.caption = !options.noCaption;
    return settings;
}

/// `bits=8..2`, both ends included.
std::vector<int> widthsOf(const std::string& text)
{
    const auto fail = [&] {
        throw UsageError("--animate takes bits=A..B within 1 … 16, not '" + text + "'.");
    };
    const auto dots = text.find("..");
    if (!text.starts_with("bits=") || dots == std::string::npos)
        fail();
    const auto number = [&](std::size_t from, std::size_t to) {
        int value = 0;
        const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, value);
        if (error != std::errc() || end != text.data() + to || value < 1 || value > 16)
            fail();
        return value;
    };
    const int first = number(5, dots);
    const int last = number(dots + 2, text.size());
    std::vector<int> widths = {first};
    while (widths.back() != last)
        widths.push_back(widths.back() + (last > first ? 1 : -1));
    return widths;
}

std::vector<Scheme> schemesOf(const ChartOptions& options, const ChartKind& kind)
{
    std::vector<Scheme> schemes;
    for (const std::string& text : options.schemes)
        schemes.push_back(parseScheme(text));
    if (schemes.empty())
        schemes.push_back(parseScheme("int8-per-tensor"));
    if (schemes.size() > kind.schemes)
        throw UsageError("'" + kind.name + "' shows " + std::to_string(kind.schemes)
                         + (kind.schemes == 1 ? " scheme" : " schemes") + "; give --scheme not more often.");
    return schemes;
}

/// Formats of one width have no frames.
void requireFreeBits(const std::vector<Scheme>& schemes)
{
    for (const Scheme& scheme : schemes)
        if (scheme.format != Format::Int && scheme.format != Format::KMeans)
            throw UsageError("--animate varies the bits, and '" + toText(scheme)
                             + "' has one width alone; take an integer or kmeans scheme.");
}

ExportFormat formatOf(const ChartOptions& options)
{
    const auto format = exportFormatOf(QString::fromStdString(options.output));
    if (!format)
        throw UsageError("-o takes a file ending in .png, .svg, .pdf, .csv or .json, not '" + options.output
                         + "'.");
    return *format;
}

Json metaOf(const NetworkInput& input, const std::vector<Scheme>& schemes, const Job& job)
{
    Provenance provenance = provenanceOf(job, schemes);
    describeInput(provenance, input, job);
    return metaJson(provenance);
}

/// F.png → F-08.png, in the order of the frames.
QString numbered(const std::string& path, std::size_t frame)
{
    const QString text = QString::fromStdString(path);
    const qsizetype dot = text.lastIndexOf(u'.');
    return text.left(dot) + u"-%1"_s.arg(frame, 2, 10, QLatin1Char('0')) + text.mid(dot);
}

Json animate(const ChartOptions& options, const ChartKind& kind, ChartRequest request,
             const NetworkInput& input, Job& job)
{
    const std::vector<int> widths = widthsOf(options.animate);
    Json paths = Json::array();
    ProgressLine progress(job);
    for (std::size_t i = 0; i < widths.size(); ++i) {
        throwIfStopped(job.stop);
        progress.show("Drawing", i, widths.size());
        for (Scheme& scheme : request.schemes)
            scheme.bits = widths[i];
        const QByteArray bytes = exportChart(kind.make(request), settingsOf(options),
                                             metaOf(input, request.schemes, job), ExportFormat::Png);
        const QString path = numbered(options.output, i + 1);
        writeOutput(path.toStdString(),
                    std::string_view(bytes.data(), static_cast<std::size_t>(bytes.size())));
        paths.push_back(path.toStdString());
    }
    return paths;
}

int runChart(const ChartOptions& options, Job& job)
{
    const ChartKind& kind = kindOf(options.kind);
    const ExportSettings settings = settingsOf(options);
    const std::vector<Scheme> schemes = schemesOf(options, kind);
    if (options.output.empty() && !options.json)
        throw UsageError("Give the file with -o, or --json for the data.");
    if (!options.animate.empty() && (options.output.empty() || formatOf(options) != ExportFormat::Png))
        throw UsageError("--animate writes numbered PNGs: give -o F.png.");
    const auto format = options.output.empty() ? ExportFormat::JsonRows : formatOf(options);

    if (!options.animate.empty())
        requireFreeBits(schemes);
    if (!options.output.empty())
        requireWritable(options.output);

    const NetworkInput input = openInput(options.file, job);
    const ChartRequest request{input.network, layerOf(*input.network, options.layer), schemes, job.stop};
    const auto application = applicationWithoutDisplay();
    Json answer;
    if (!options.animate.empty()) {
        answer["path"] = animate(options, kind, request, input, job);
    } else {
        const Chart chart = kind.make(request);
        if (!chart.message.isEmpty())
            throw Error(ErrorCode::SchemeMismatch, chart.message.toStdString());
        const Json meta = metaOf(input, schemes, job);
        if (options.output.empty()) {
            answer["rows"] = chart.rows;
            answer["data"] = dataDigest(chart.rows);
            answer["meta"] = meta;
        } else {
            const QByteArray bytes = exportChart(chart, settings, meta, format);
            writeOutput(options.output,
                        std::string_view(bytes.data(), static_cast<std::size_t>(bytes.size())));
            answer["path"] = options.output;
        }
    }
    if (options.json)
        job.out << toText(answer);
    return exitDone;
}

void addChart(CLI::App& parent, std::function<int(Job&)>& command)
{
    const auto options = std::make_shared<ChartOptions>();
    CLI::App* app = parent.add_subcommand("chart", "One chart, as in the window");
    std::string kinds;
    for (const ChartKind& kind : chartKinds())
        kinds += (kinds.empty() ? "" : " · ") + kind.name;
    app->add_option("FILE", options->file, ".onnx, .npy, .npz, `sample` or synth:KIND,shape=…,seed=…")
        ->required();
    app->add_option("--layer", options->layer, "Name of the layer; may be left out where there is one");
    app->add_option("--kind", options->kind, kinds)->required();
    app->add_option("--scheme", options->schemes, "PRESET[,key=value…]; several where the kind compares them")
        ->allow_extra_args(false);
    app->add_option("-o,--output", options->output, "F.png, F.svg, F.pdf, F.csv or F.json");
    app->add_option("--size", options->size, "screen · slide · 85mm · 170mm · WIDTHxHEIGHT");
    app->add_option("--scale", options->scale, "Of PNG: pixels per 1/96 inch; default 2")
        ->check(CLI::Range(1.0, 4.0));
    app->add_option("--theme", options->theme, "light · dark · transparent");
    app->add_option("--font-size", options->fontSize, "Points; default: what suits the size")
        ->check(CLI::Range(smallestFont, largestFont));
    app->add_option("--text", options->text, "In SVG: text · outlines");
    app->add_flag("--no-title", options->noTitle, "Without the title above");
    app->add_flag("--no-caption", options->noCaption, "Without the formulas below");
    app->add_option("--animate", options->animate, "bits=A..B: a numbered PNG for each width");
    app->add_flag("--json", options->json, "Print JSON only; without -o, the data");
    app->callback([options, &command] { command = [options](Job& job) { return runChart(*options, job); }; });
}

} // namespace

/// Widgets draw the charts; none is shown.
std::unique_ptr<QApplication> applicationWithoutDisplay()
{
    if (QCoreApplication::instance())
        return nullptr;
    qputenv("QT_QPA_PLATFORM", "offscreen");
    static int argc = 1;
    static char name[] = "quantoscope";
    static char* argv[] = {name, nullptr};
    return std::make_unique<QApplication>(argc, argv);
}

ExtraCommand chartCommand() { return {"chart", addChart}; }

} // namespace quantoscope
