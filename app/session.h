// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/setuphistory.h"
#include "core/analysis/analyze.h"
#include "ui/models/layerpicture.h"

#include <QObject>

namespace quantoscope {

/// The state of the program: what is open, under which scheme it is looked at, what is selected, and the
/// results so far. Knows no widgets; setters are idempotent, signals say that something is different now.
class Session : public QObject
{
    Q_OBJECT

public:
    using Sweep = std::vector<SweepPoint>;

    explicit Session(const Scheme& scheme, QObject* parent = nullptr);

    const std::shared_ptr<const Network>& network() const { return m_network; }
    const Setup& setup() const { return m_history.current(); }
    const AnalysisSettings& settings() const { return setup().settings; }
    /// The scheme of the current layer: its own, or the default.
    const Scheme& scheme() const;
    /// Whether the current layer has a scheme of its own.
    bool isOverridden() const;
    Scope scope() const { return m_scope; }
    std::optional<LayerId> currentLayer() const { return m_layer; }
    std::optional<std::size_t> chosenSet() const { return m_set; }
    /// All channels or groups at once are shown on the axis of their values instead of in code coordinates.
    bool isInValues() const { return m_inValues; }
    const std::shared_ptr<const AnalysisResult>& result() const { return m_result; }
    const std::shared_ptr<const LayerPicture>& picture() const { return m_picture; }
    const std::shared_ptr<const Sweep>& sweep() const { return m_sweep; }
    /// The current layer under B, and the network; null without a B, and while they are made.
    const std::shared_ptr<const LayerPicture>& pictureB() const { return m_pictureB; }
    const std::shared_ptr<const AnalysisResult>& resultB() const { return m_resultB; }
    const SetupHistory& history() const { return m_history; }
    QString undoText() const { return m_history.undoText(m_network.get()); }
    QString redoText() const { return m_history.redoText(m_network.get()); }

    void setNetwork(std::shared_ptr<const Network> network);
    void setCurrentLayer(std::optional<LayerId> layer);
    void setChosenSet(std::optional<std::size_t> set);
    void setInValues(bool inValues);

    /// Which layers the edits that follow are about.
    void setScope(Scope scope);
    /// The layers of the scope get this scheme.
    void editScheme(const Scheme& scheme, EditKind kind = EditKind::Other);
    /// The scheme of the current layer for the layers of a scope; All: for every layer, none keeps its own.
    void applyScheme(Scope scope);
    /// The current layer has the default scheme again.
    void clearOverride();
    /// All schemes at once, e.g. those that a search found.
    void editSettings(const AnalysisSettings& settings);
    /// A setup that was saved; what was before cannot be undone to.
    void restoreSetup(const Setup& setup);
    /// The steps that a person had, undo and all.
    void restoreHistory(const SetupHistory& history);
    /// Another setup as a whole, e.g. that of a scene: one step.
    void editSetup(const Setup& setup) { edit(setup); }

    /// Sets the present settings aside as B. False when all pins are taken.
    bool pinAsB();
    void swapAB();
    void setB(std::optional<std::size_t> pin);
    /// A becomes what the pin holds.
    void usePin(std::size_t pin);
    void renamePin(std::size_t pin, const QString& name);
    void removePin(std::size_t pin);

    /// The present scheme at another width. Passing through 1 bit, where a symmetric grid becomes binary, and
    /// back restores grid, range and rounding. A format of one width becomes the integer grid that the error curve
    /// compares it with.
    void editBits(int bits);
    /// So many bits more or less; formats of one width stay as they are.
    void stepBits(int step);
    void editRange(const RangeRule& range);
    void beginGesture();
    void endGesture();
    void cancelGesture();
    void undo();
    void redo();

    /// Results of an older state are dropped.
    void setResult(std::shared_ptr<const AnalysisResult> result);
    void setPicture(std::shared_ptr<const LayerPicture> picture);
    void setSweep(std::shared_ptr<const Sweep> sweep);
    /// Results under B; of anything else than B, or of another layer, they are dropped.
    void setPictureB(std::shared_ptr<const LayerPicture> picture);
    void setResultB(std::shared_ptr<const AnalysisResult> result);

    /// What the error curve depends on: the scheme without its bit width; for formats of one width, the integer grid
    /// with scales as fine.
    Scheme widthless() const;

signals:
    void networkChanged();
    /// The schemes of layers, of whichever.
    void schemeChanged();
    void scopeChanged();
    /// Which settings are set aside, or which of them are B.
    void pinsChanged();
    void currentLayerChanged();
    /// The set, or how all of them are shown.
    void chosenSetChanged();
    void resultChanged();
    void pictureChanged();
    void sweepChanged();
    void pictureBChanged();
    void resultBChanged();

private:
    void edit(const Setup& setup, EditKind kind = EditKind::Other);
    /// Says what is different from `before`.
    void moved(const Setup& before);
    void schemeMoved();
    void checkB();
    /// The current layer's name; "" without one.
    const std::string& layerName() const;

    std::shared_ptr<const Network> m_network;
    SetupHistory m_history;
    Scope m_scope = Scope::All;
    Scheme m_wide; ///< the last scheme that was not binary
    std::optional<LayerId> m_layer;
    std::optional<std::size_t> m_set;
    bool m_inValues = false;
    std::shared_ptr<const AnalysisResult> m_result;
    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const Sweep> m_sweep;
    std::shared_ptr<const LayerPicture> m_pictureB;
    std::shared_ptr<const AnalysisResult> m_resultB;
};

/// Whether both cut a tensor into the same sets.
bool haveSameSets(const Scheme& a, const Scheme& b);

} // namespace quantoscope
