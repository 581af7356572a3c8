// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/schemehistory.h"
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
    const Scheme& scheme() const { return m_history.current(); }
    AnalysisSettings settings() const { return {.scheme = scheme(), .overrides = {}}; }
    std::optional<LayerId> currentLayer() const { return m_layer; }
    std::optional<std::size_t> chosenSet() const { return m_set; }
    const std::shared_ptr<const AnalysisResult>& result() const { return m_result; }
    const std::shared_ptr<const LayerPicture>& picture() const { return m_picture; }
    const std::shared_ptr<const Sweep>& sweep() const { return m_sweep; }
    const SchemeHistory& history() const { return m_history; }

    void setNetwork(std::shared_ptr<const Network> network);
    void setCurrentLayer(std::optional<LayerId> layer);
    void setChosenSet(std::optional<std::size_t> set);

    void editScheme(const Scheme& scheme, EditKind kind = EditKind::Other);
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

    /// What the error curve depends on: the scheme without its bit width; for formats of one width, the integer grid
    /// with scales as fine.
    Scheme widthless() const;

signals:
    void networkChanged();
    void schemeChanged();
    void currentLayerChanged();
    void chosenSetChanged();
    void resultChanged();
    void pictureChanged();
    void sweepChanged();

private:
    void schemeMoved();

    std::shared_ptr<const Network> m_network;
    SchemeHistory m_history;
    Scheme m_wide; ///< the last scheme that was not binary
    std::optional<LayerId> m_layer;
    std::optional<std::size_t> m_set;
    std::shared_ptr<const AnalysisResult> m_result;
    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const Sweep> m_sweep;
};

} // namespace quantoscope
