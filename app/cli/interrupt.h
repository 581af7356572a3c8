// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <thread>

namespace quantoscope {

/// Turns Ctrl-C (SIGINT) and SIGTERM into a stop request. Work that has not come to its end 100 ms later is
/// ended with exit status 130, but never in the middle of writing a file. One object at a time.
class InterruptWatcher
{
public:
    InterruptWatcher();
    ~InterruptWatcher();
    InterruptWatcher(const InterruptWatcher&) = delete;
    InterruptWatcher& operator=(const InterruptWatcher&) = delete;

    std::stop_token token() const { return m_source.get_token(); }

private:
    void watch();
    std::stop_source m_source;
    std::thread m_thread;
};

/// While one exists, an interrupt waits for its end: no half-written file stays behind.
class FileWriting
{
public:
    FileWriting();
    ~FileWriting();
    FileWriting(const FileWriting&) = delete;
    FileWriting& operator=(const FileWriting&) = delete;
};

} // namespace quantoscope
