// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chartcommand/reproduce.h"

#include "app/chartcommand/chartcommand.h"
#include "app/chartcommand/differences.h"
#include "app/chartcommand/shellwords.h"
#include "app/cli/job.h"
#include "core/support/error.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <CLI/CLI.hpp>

#include <array>
#include <ostream>
#include <sstream>

using namespace Qt::StringLiterals;

namespace quantoscope {

namespace {

struct ReproduceOptions
{
    std::string file;
    bool json = false;
};

QByteArray bytesOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        throw Error(file.exists() ? ErrorCode::FileUnreadable : ErrorCode::FileNotFound,
                    "Cannot read '" + path.toStdString() + "': " + file.errorString().toStdString() + ".",
                    path.toStdString());
    return file.readAll();
}

/// The command's own words, with every file that it would write in `folder`.
class Rerun
{
public:
    Rerun(const std::string& command, const QString& folder) : m_command(command), m_folder(folder)
    {
        m_words = shellWords(command);
        if (m_words.size() < 2 || m_words.front() != "quantoscope" || m_words[1] == "reproduce")
            throw Error(ErrorCode::InvalidArgument,
                        command.empty()
                            ? "This file carries no command: the window writes one only where the "
                              "command line makes the same figure."
                            : "The command inside is none of Quantoscope's: " + command);
        m_words.erase(m_words.begin());
        redirect();
    }

    QByteArray bytes(const ReadExport& figure, Job& job) const
    {
        std::ostringstream out;
        std::ostringstream err;
        const std::array more = {chartCommand()};
        const int status = runCommandLine(m_words, out, err, job.stop, false, more, m_command);
        if (job.stop.stop_requested())
            throw Cancelled();
        if (status != exitDone && status != exitThreshold)
            throw Error(ErrorCode::InvalidArgument,
                        "The command inside fails now: " + m_command + "\n" + err.str());
        const QString suffix = u"*."_s + nameOf(figure.format);
        for (const QString& name : QDir(m_folder).entryList({suffix}, QDir::Files, QDir::Name)) {
            const QByteArray written = bytesOf(QDir(m_folder).filePath(name));
            if (readExport(written).meta.value("schemes", Json()) == figure.meta.value("schemes", Json()))
                return written;
        }
        return QByteArray::fromStdString(out.str());
    }

private:
    void redirect()
    {
        constexpr std::array<std::string_view, 4> writing = {"-o", "--output", "--csv", "--packed-out"};
        for (std::size_t i = 0; i < m_words.size(); ++i) {
            for (const std::string_view option : writing) {
                if (m_words[i] == option && i + 1 < m_words.size())
                    m_words[i + 1] = inFolder(option, m_words[i + 1]);
                else if (option.size() > 2 && m_words[i].starts_with(std::string(option) + '='))
                    m_words[i] = std::string(option) + '=' + inFolder(option, m_words[i]);
                else if (option.size() == 2 && m_words[i].size() > 2 && m_words[i].starts_with(option))
                    m_words[i] = std::string(option) + inFolder(option, m_words[i]);
            }
        }
    }

    std::string inFolder(std::string_view option, const std::string& path) const
    {
        const auto dot = path.find_last_of('.');
        const std::string suffix = option == "--csv"          ? ".csv"
                                   : dot == std::string::npos ? std::string()
                                   : option == "--packed-out" ? ".packed"
                                                              : path.substr(dot);
        return QDir(m_folder).filePath(u"again"_s).toStdString() + suffix;
    }

    std::string m_command;
    QString m_folder;
    std::vector<std::string> m_words;
};

void print(const ReproduceOptions& options, const Reproduced& result, std::ostream& out)
{
    if (result.differences.empty()) {
        out << options.file << (result.bytesEqual ? ": identical, byte for byte\n" : ": the same figure\n");
    } else {
        out << options.file << (result.numbersEqual ? ": the same numbers, but it differs\n" : ": differs\n");
        for (const Json& difference : result.differences)
            out << "  " << difference["where"].get<std::string>() << ": " << difference["given"].dump()
                << " → " << difference["now"].dump() << '\n';
    }
    for (const Json& note : result.notes)
        out << "  (made with other " << note["where"].get<std::string>() << ": " << note["given"].dump()
            << ", now " << note["now"].dump() << ")\n";
}

int runReproduce(const ReproduceOptions& options, Job& job)
{
    const auto application = applicationWithoutDisplay();
    const QByteArray given = bytesOf(QString::fromStdString(options.file));
    const ReadExport figure = readExport(given);
    const QTemporaryDir folder;
    if (!folder.isValid())
        throw Error(ErrorCode::WriteFailed, "Cannot make a temporary folder.");
    const Json command = figure.meta.value("command", Json(""));
    const Rerun rerun(command.is_string() ? command.get<std::string>() : std::string(), folder.path());
    const QByteArray now = rerun.bytes(figure, job);
    const Reproduced result = compared(given, now);
    if (options.json)
        job.out << toText(Json{{"equal", result.differences.empty()},
                               {"numbersEqual", result.numbersEqual},
                               {"bytesEqual", result.bytesEqual},
                               {"differences", result.differences},
                               {"notes", result.notes},
                               {"command", command},
                               {"meta", metaJson(provenanceOf(job, {}))}});
    else
        print(options, result, job.out);
    return result.differences.empty() ? exitDone : exitThreshold;
}

void addReproduce(CLI::App& parent, std::function<int(Job&)>& command)
{
    const auto options = std::make_shared<ReproduceOptions>();
    CLI::App* app =
        parent.add_subcommand("reproduce", "Run the command inside a chart or report again and compare");
    app->add_option("F", options->file,
                    "A PNG, SVG, PDF, CSV or JSON made by Quantoscope; relative paths in its "
                    "command are taken from here")
        ->required();
    app->add_flag("--json", options->json, "Print JSON only");
    app->callback(
        [options, &command] { command = [options](Job& job) { return runReproduce(*options, job); }; });
}

} // namespace

ExtraCommand reproduceCommand() { return {"reproduce", addReproduce}; }

} // namespace quantoscope
