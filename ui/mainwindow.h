// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/analyze.h"
#include "ui/models/layerpicture.h"
#include "ui/models/setup.h"
#include "ui/theme.h"

#include <QMainWindow>

#include <functional>
#include <map>

class QAction;
class QActionGroup;
class QLabel;
class QProgressBar;
class QPushButton;
class QTabWidget;
class QVBoxLayout;

namespace quantoscope {

class ActivationsView;
class FocusBus;
class LayersDock;
class MetricCards;
class NoticeBar;
class NumberList;
class PresentMode;
class RunView;
class SchemePanel;
class ScopeBar;
class ValuesView;

/// The views in the centre, in the order of their tabs.
enum class Tab { Values, Map, Channels, Activations, Kernels, Model, Run, Compare, Numbers };

/// A word for files: "values", "map" ….
QString tabKey(Tab tab);

/// Docks, menus and the status bar. Takes results through setters, reports wishes by signals, holds no state
/// of the program.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    explicit MainWindow(QWidget* parent = nullptr);

    void setNetwork(std::shared_ptr<const Network> network);
    void setResult(std::shared_ptr<const AnalysisResult> result);
    void setPicture(std::shared_ptr<const LayerPicture> picture);
    /// The current layer under B; null: nothing is compared.
    void setPictureB(std::shared_ptr<const LayerPicture> picture);
    /// B instead of A, for as long as a person looks at it.
    void setShowingB(bool showing);
    /// Scope, layers with schemes of their own, and pins; `layer`: the current one or null.
    void setSetup(const Setup& setup, Scope scope, const Layer* layer);
    void setSweep(std::shared_ptr<const std::vector<SweepPoint>> sweep);
    void setCurrentLayer(std::optional<LayerId> layer);
    void setScheme(const Scheme& scheme);
    void setPictureStale(bool stale);
    void setSweepStale(bool stale);
    void setMessage(const QString& message);
    /// Why the current layer cannot be shown.
    void setLayerMessage(const QString& message);
    /// Empty text: that step is not possible.
    void setHistory(const QString& undo, const QString& redo);
    void setThemeMode(ThemeMode mode);
    void setHintVisible(bool visible);
    void showError(const QString& text, const QString& details = {});
    void clearError();
    /// Work is going on: `stage` in words, done of total (total 0: unknown). Cancel is offered.
    void showProgress(const QString& stage, int done, int total);
    void hideProgress();
    /// A sentence with one thing that can be done about it: noticeAccepted().
    void showNotice(const QString& text, const QString& action);
    void hideNotice();
    void setRecentFiles(const QStringList& paths);
    /// The session file that is open; "": none.
    void setSessionName(const QString& name, bool modified);
    /// Asked before the window closes; false: it stays.
    void setCloseGuard(std::function<bool()> guard) { m_closeGuard = std::move(guard); }
    enum class SaveAnswer { Save, Discard, Cancel };
    SaveAnswer askToSave(const QString& name);
    /// Where a model that was moved is now; "": nobody knows.
    QString askForModel();
    /// Asks for a file and emits saveAsRequested().
    void chooseSessionToSave();
    void resetLayout();

    LayersDock* layersDock() const { return m_layers; }
    SchemePanel* schemePanel() const { return m_scheme; }
    ValuesView* valuesView() const { return m_values; }
    ActivationsView* activationsView() const { return m_activations; }
    RunView* runView() const { return m_run; }
    /// A view in the centre, placed by the order of the tabs; Ctrl+1, Ctrl+2 … follow that order. The window takes the view.
    void addTab(Tab tab, QWidget* view, const QString& title, const QString& tip);
    /// Brings a view of addTab() to the front.
    void showTab(QWidget* view);
    /// False where that tab is not there.
    bool showTab(Tab tab);
    /// By its tabKey().
    bool showTab(const QString& key);
    Tab currentTab() const;
    MetricCards* metricCards() const { return m_cards; }
    FocusBus* focusBus() const { return m_focus; }
    PresentMode* presentMode() const { return m_present; }

    /// For saveState and restoreState: layouts of other versions are not restored.
    static constexpr int stateVersion = 1;

signals:
    void openRequested(const QString& path);
    void openSampleRequested();
    void layerActivated(quantoscope::LayerId layer);
    void bitsEdited(int bits);
    void bitsStepped(int step);
    void schemeEdited(const quantoscope::Scheme& scheme);
    void undoRequested();
    void redoRequested();
    void rangeResetRequested();
    void cancelRequested();
    void themeChosen(quantoscope::ThemeMode mode);
    void hintDismissed();
    void copySchemeRequested();
    void copyCommandRequested();
    void tabChanged();
    void saveRequested();
    /// The chart that has the focus, or the first that can be seen.
    void exportChartRequested();
    void saveAsRequested(const QString& path);
    void recentRemoved(const QString& path);
    void noticeAccepted();
    void scopeChosen(quantoscope::Scope scope);
    void applyRequested(quantoscope::Scope scope);
    void overrideCleared();
    void pinRequested();
    void swapRequested();
    void bChosen(std::optional<std::size_t> pin);
    void pinUsed(std::size_t pin);
    void pinRenamed(std::size_t pin, const QString& name);
    void pinRemoved(std::size_t pin);
    void aboutToClose();

protected:
    bool eventFilter(QObject* object, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void buildCentre();
    void buildTabs(QVBoxLayout& layout);
    void updateTabKeys();
    void buildSchemeDock();
    void buildStatusBar();
    void buildFileMenu();
    void buildEditMenu();
    void buildViewMenu();
    void buildLayerMenu();
    void buildCompareMenu();
    void buildPresentMenu();
    void fillPinMenu();
    void renamePin(std::size_t pin);
    void showPictures();
    void buildHelpMenu();
    void buildThemeMenu(QMenu& menu);
    /// A single-letter shortcut acts only where plots, the layer list or the scheme have the focus.
    void addKeyAction(QAction* action);
    void chooseFile();
    void fillRecentMenu();
    void updateTitle();
    void showShortcuts();
    void showAbout();
    void updateStatus();

    std::shared_ptr<const Network> m_network;
    FocusBus* m_focus;
    PresentMode* m_present;
    LayersDock* m_layers;
    QDockWidget* m_schemeDock = nullptr;
    ScopeBar* m_scope = nullptr;
    SchemePanel* m_scheme = nullptr;
    MetricCards* m_cards = nullptr;
    NumberList* m_numbers = nullptr;
    QTabWidget* m_tabs = nullptr;
    QMenu* m_tabMenu = nullptr;
    std::map<QWidget*, Tab> m_tabOrder;
    ValuesView* m_values = nullptr;
    ActivationsView* m_activations = nullptr;
    RunView* m_run = nullptr;
    NoticeBar* m_error = nullptr;
    NoticeBar* m_hint = nullptr;
    NoticeBar* m_notice = nullptr;
    QMenu* m_recentMenu = nullptr;
    QStringList m_recent;
    QString m_sessionName;
    std::function<bool()> m_closeGuard;
    QLabel* m_status = nullptr;
    QLabel* m_hover = nullptr;
    QLabel* m_stage = nullptr;
    QProgressBar* m_progress = nullptr;
    QPushButton* m_cancel = nullptr;
    QAction* m_cancelAction = nullptr;
    QAction* m_undo = nullptr;
    QAction* m_redo = nullptr;
    QAction* m_swap = nullptr;
    QAction* m_showB = nullptr;
    QAction* m_noB = nullptr;
    QMenu* m_compareMenu = nullptr;
    QList<QAction*> m_pinActions;
    QActionGroup* m_themes = nullptr;
    Setup m_setup;
    std::shared_ptr<const LayerPicture> m_picture;
    std::shared_ptr<const LayerPicture> m_pictureB;
    bool m_showingB = false;
    std::optional<LayerId> m_layer;
};

} // namespace quantoscope
