// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/modelfile.h"

#include "core/support/error.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace quantoscope {

namespace {

/// A regular file as blocks. Ends early when the stop token is set or a read fails.
class BlockStream : public google::protobuf::io::ZeroCopyInputStream
{
public:
    BlockStream(const std::filesystem::path& path, const std::stop_token& stop, const ProgressFn& progress)
        : m_stop(stop), m_progress(progress)
    {
        // O_NONBLOCK: opening a pipe must not wait for a writer.
        m_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat status = {};
        if (m_fd < 0 || ::fstat(m_fd, &status) != 0) {
            const int error = errno;
            close();
            const auto code =
                error == ENOENT || error == ENOTDIR ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable;
            throw Error(code, "Cannot open '" + path.string() + "': " + std::strerror(error) + ".",
                        path.string());
        }
        if (!S_ISREG(status.st_mode)) {
            close();
            throw Error(ErrorCode::FileUnreadable,
                        "Cannot open '" + path.string() + "': it is not a regular file.", path.string());
        }
        m_size = status.st_size;
    }

    ~BlockStream() override { close(); }

    bool Next(const void** data, int* size) override
    {
        if (m_backedUp > 0) {
            *data = m_block.data() + m_filled - m_backedUp;
            *size = std::exchange(m_backedUp, 0);
            return true;
        }
        if (m_stop.stop_requested())
            return false;
        if (m_progress)
            m_progress(Stage::Reading, static_cast<std::size_t>(m_read), static_cast<std::size_t>(m_size));
        const ssize_t got = ::read(m_fd, m_block.data(), m_block.size());
        if (got <= 0) {
            m_error = got < 0 ? errno : 0;
            m_ended = true;
            return false;
        }
        m_filled = static_cast<int>(got);
        m_read += got;
        *data = m_block.data();
        *size = m_filled;
        return true;
    }

    void BackUp(int count) override { m_backedUp = count; }

    bool Skip(int count) override
    {
        const void* data = nullptr;
        for (int size = 0; count > 0; count -= size) {
            if (!Next(&data, &size))
                return false;
            if (size > count) {
                BackUp(size - count);
                return true;
            }
        }
        return true;
    }

    int64_t ByteCount() const override { return m_read - m_backedUp; }

    std::int64_t size() const { return m_size; }
    bool ended() const { return m_ended; }
    int error() const { return m_error; }

private:
    void close()
    {
        if (m_fd >= 0)
            ::close(std::exchange(m_fd, -1));
    }

    const std::stop_token& m_stop;
    const ProgressFn& m_progress;
    // One block parses in well under a millisecond: the stop token is seen often enough.
    std::vector<char> m_block = std::vector<char>(256 * 1024);
    int m_fd = -1;
    int m_filled = 0;
    int m_backedUp = 0;
    int m_error = 0;
    bool m_ended = false;
    std::int64_t m_size = 0;
    std::int64_t m_read = 0;
};

/// protobuf prints parse errors on stderr; ours are exceptions. Once, before the first parse.
void silenceProtobuf()
{
    [[maybe_unused]] static const auto previous = google::protobuf::SetLogHandler(nullptr);
}

[[noreturn]] void rejectFile(const std::filesystem::path& path, std::int64_t size, const std::string& why)
{
    throw Error(ErrorCode::FileFormat,
                "Cannot open '" + path.string() + "' (" + std::to_string(size) + " bytes): " + why + ".",
                path.string());
}

} // namespace

ModelFile parseModel(const std::filesystem::path& path, const std::stop_token& stop,
                     const ProgressFn& progress)
{
    silenceProtobuf();
    BlockStream stream(path, stop, progress);
    if (stream.size() == 0)
        rejectFile(path, 0, "the file is empty");
    if (stream.size() > std::numeric_limits<int>::max())
        rejectFile(path, stream.size(), "a single ONNX file cannot exceed 2 GiB; save it with external data");

    auto model = std::make_shared<onnx::ModelProto>();
    google::protobuf::io::CodedInputStream input(&stream);
    input.SetRecursionLimit(onnxRecursionLimit);
    input.SetTotalBytesLimit(std::numeric_limits<int>::max());
    const bool parsed = model->ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
    throwIfStopped(stop);
    if (stream.error() != 0)
        throw Error(ErrorCode::FileUnreadable,
                    "Cannot read '" + path.string() + "': " + std::strerror(stream.error()) + ".",
                    path.string());
    if (!parsed)
        rejectFile(path, stream.size(),
                   stream.ended() ? "it is truncated or not an ONNX model"
                                  : "it is damaged, not an ONNX model, or nests subgraphs deeper "
                                    "than "
                                        + std::to_string(onnxRecursionLimit / 3));
    if (!model->has_graph())
        rejectFile(path, stream.size(), "it holds no graph; it is truncated or not an ONNX model");
    if (progress)
        progress(Stage::Reading, static_cast<std::size_t>(stream.size()),
                 static_cast<std::size_t>(stream.size()));
    return {model, static_cast<std::uint64_t>(stream.size())};
}

} // namespace quantoscope
