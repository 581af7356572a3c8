// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <cstdint>
#include <optional>

namespace quantoscope {

/// What the pointer is at or what was clicked, in the terms of the layer shown: the fields that the view knows.
struct Focus
{
    std::optional<std::size_t> channel;   ///< output channel
    std::optional<std::uint64_t> element; ///< flat index in the weight as stored
    std::optional<double> value;          ///< x; in code coordinates where the picture is normalized
    std::optional<int> code;              ///< a level
    std::optional<std::uint32_t> layer;   ///< of the views of the whole network: LayerId::index
    bool operator==(const Focus&) const = default;
    bool isEmpty() const { return *this == Focus{}; }
};

/// Linked hover and selection: one object in the window, every view tells it and listens. A view ignores what it does not draw. Passing by
/// (hover) lasts as long as the pointer is there; pinned stays until Esc. GUI thread only.
class FocusBus : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    const Focus& hover() const { return m_hover; }
    const Focus& pinned() const { return m_pinned; }
    /// The pinned one, else the one passed by.
    const Focus& shown() const { return m_pinned.isEmpty() ? m_hover : m_pinned; }

    void setHover(const Focus& focus);
    void setPinned(const Focus& focus);
    void clear();

signals:
    void changed();
    /// A sentence for the status bar about what is at the pointer; "": nothing.
    void readOut(const QString& text);

private:
    Focus m_hover;
    Focus m_pinned;
};

} // namespace quantoscope
