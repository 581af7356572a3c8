// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/alignedbuffer.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace quantoscope {

/// Memory that grows and never shrinks; its contents are whatever was left there.
class ScratchBlock
{
public:
    std::byte* atLeast(std::size_t size)
    {
        if (m_bytes.size() < size)
            m_bytes = AlignedBuffer<std::byte>(size);
        return m_bytes.data();
    }

private:
    AlignedBuffer<std::byte> m_bytes;
};

/// What a convolution needs while it runs, kept from call to call: fresh pages cost more than a small layer. For one call at a
/// time; within it any number of threads borrow a Task each.
class ConvScratch
{
public:
    struct Task
    {
        ScratchBlock panel;
        ScratchBlock image;
        ScratchBlock sums;
        ScratchBlock out;
    };

    /// A Task until the end of its scope.
    class Borrowed
    {
    public:
        explicit Borrowed(ConvScratch& owner) : m_owner(owner), m_task(owner.take()) {}
        ~Borrowed() { m_owner.giveBack(std::move(m_task)); }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        Task* operator->() const { return m_task.get(); }
        Task& operator*() const { return *m_task; }

    private:
        ConvScratch& m_owner;
        std::unique_ptr<Task> m_task;
    };

    ConvScratch() = default;
    ~ConvScratch() { delete m_first.load(); }
    ConvScratch(const ConvScratch&) = delete;
    ConvScratch& operator=(const ConvScratch&) = delete;

    ScratchBlock images;  ///< padded
    ScratchBlock sums;    ///< of pixels
    ScratchBlock rows;    ///< terms of output positions
    ScratchBlock columns; ///< terms of outputs

private:
    /// One waits where it costs no lock: small layers borrow for each of their rows.
    std::unique_ptr<Task> take()
    {
        if (Task* const first = m_first.exchange(nullptr, std::memory_order_acquire))
            return std::unique_ptr<Task>(first);
        const std::lock_guard lock(m_mutex);
        if (m_idle.empty())
            return std::make_unique<Task>();
        std::unique_ptr<Task> task = std::move(m_idle.back());
        m_idle.pop_back();
        return task;
    }
    void giveBack(std::unique_ptr<Task> task)
    {
        Task* none = nullptr;
        if (m_first.compare_exchange_strong(none, task.get(), std::memory_order_release)) {
            std::ignore = task.release();
            return;
        }
        const std::lock_guard lock(m_mutex);
        m_idle.push_back(std::move(task));
    }

    std::atomic<Task*> m_first = nullptr;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Task>> m_idle;
};

} // namespace quantoscope
