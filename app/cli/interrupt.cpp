// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"

#include "app/cli/job.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace quantoscope {

namespace {

// A signal handler reaches nothing else than globals: the pipe's ends and what they carry.
std::array<int, 2> pipeEnds = {-1, -1};
std::atomic<int> filesBeingWritten = 0;
constexpr char interrupted = 'i';
constexpr char finished = 'f';
constexpr int graceMs = 100; // 200 ms are promised, the process needs some to end

void send(char what)
{
    const int kept = errno;
    [[maybe_unused]] const auto written = ::write(pipeEnds[1], &what, 1);
    errno = kept;
}

void onSignal(int) { send(interrupted); }

void setHandler(int signal, void (*handler)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

/// The next byte of the pipe; `timeoutMs` -1 waits for ever, 0 means it ran out.
char receive(int timeoutMs)
{
    pollfd request = {pipeEnds[0], POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&request, 1, timeoutMs);
    while (ready < 0 && errno == EINTR);
    char what = 0;
    if (ready > 0 && ::read(pipeEnds[0], &what, 1) == 1)
        return what;
    return 0;
}

} // namespace

InterruptWatcher::InterruptWatcher()
{
    if (::pipe2(pipeEnds.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    m_thread = std::thread([this] { watch(); });
    setHandler(SIGINT, onSignal);
    setHandler(SIGTERM, onSignal);
}

InterruptWatcher::~InterruptWatcher()
{
    send(finished);
    m_thread.join();
    setHandler(SIGINT, SIG_DFL);
    setHandler(SIGTERM, SIG_DFL);
    ::close(pipeEnds[0]);
    ::close(pipeEnds[1]);
}

void InterruptWatcher::watch()
{
    if (receive(-1) != interrupted)
        return;
    m_source.request_stop();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(graceMs);
    while (std::chrono::steady_clock::now() < end || filesBeingWritten > 0) {
        if (receive(10) == finished)
            return;
    }
    constexpr std::string_view sentence = "quantoscope: interrupted\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, sentence.data(), sentence.size());
    ::_exit(exitInterrupted);
}

FileWriting::FileWriting() { ++filesBeingWritten; }
FileWriting::~FileWriting() { --filesBeingWritten; }

} // namespace quantoscope
