// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quant/scheme.h"

#include <QElapsedTimer>
#include <QString>

#include <vector>

namespace quantoscope {

/// What an edit was about; edits of one kind that follow each other closely become one step.
enum class EditKind { Bits, Range, Other };

/// The schemes a person went through: values and a position. A gesture (one drag) is one step.
class SchemeHistory
{
public:
    explicit SchemeHistory(const Scheme& first);

    const Scheme& current() const { return m_steps[m_position].scheme; }
    void edit(const Scheme& scheme, EditKind kind);
    void beginGesture();
    void endGesture();
    /// Back to where the gesture began, as if it had not happened.
    void cancelGesture();

    bool canUndo() const { return m_position > 0; }
    bool canRedo() const { return m_position + 1 < m_steps.size(); }
    void undo();
    void redo();
    /// What undo or redo would change, e.g. "bit width 8 → 4"; empty when it is not possible.
    QString undoText() const;
    QString redoText() const;

    static constexpr int mergeMs = 700;

private:
    struct Step
    {
        Scheme scheme;
        EditKind kind;
    };
    bool merges(EditKind kind) const;

    std::vector<Step> m_steps;
    std::size_t m_position = 0;
    bool m_inGesture = false;
    bool m_gestureHasStep = false;
    QElapsedTimer m_sinceEdit;
};

/// "bit width 8 → 4": the one difference in words, or the new scheme when there are several.
QString changeText(const Scheme& from, const Scheme& to);

} // namespace quantoscope
