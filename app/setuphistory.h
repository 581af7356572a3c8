// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/setup.h"

#include <QElapsedTimer>
#include <QString>

#include <vector>

namespace quantoscope {

/// What an edit was about; edits of one kind that follow each other closely become one step.
enum class EditKind { Bits, Range, Other };

/// The setups a person went through: values and a position. A gesture (one drag) is one step.
class SetupHistory
{
public:
    explicit SetupHistory(const Setup& first);

    const Setup& current() const { return m_steps[m_position].setup; }
    void edit(const Setup& setup, EditKind kind);
    void beginGesture();
    void endGesture();
    /// Back to where the gesture began, as if it had not happened.
    void cancelGesture();

    bool canUndo() const { return m_position > 0; }
    bool canRedo() const { return m_position + 1 < m_steps.size(); }
    void undo();
    void redo();
    /// What undo or redo would change, e.g. "bit width 8 → 4 on 12 layers"; empty when it is not possible. Layers are
    /// counted where there is a network.
    QString undoText(const Network* network = nullptr) const;
    QString redoText(const Network* network = nullptr) const;

    /// Whether every step makes sense for `network`.
    bool fits(const Network& network) const;

    static constexpr int mergeMs = 700;
    /// The oldest steps are forgotten beyond this.
    static constexpr std::size_t maxSteps = 500;

private:
    struct Step
    {
        Setup setup;
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
/// The same for setups: "bit width 8 → 4 on 12 layers", "pin as B", ….
QString changeText(const Setup& from, const Setup& to, const Network* network);

} // namespace quantoscope
