// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_bench_window [STEPS]: time from a step of the bits slider, or of a dragged clip handle, to the finished
// repaint of histogram, grid, staircase and cards under that very scheme, in the real window. Prints median and 95th percentile.
#include "app/maincontroller.h"
#include "core/formats/openfile.h"
#include "ui/mainwindow.h"
#include "ui/plots/chartview.h"
#include "ui/plots/histogramplot.h"
#include "ui/views/metriccards.h"
#include "ui/views/valuesview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

/// Waits for the picture of a width and for the paint events that follow it.
class PaintWatch : public QObject
{
    Q_OBJECT

public:
    PaintWatch(MainWindow& window, MainController& controller) : m_controller(controller)
    {
        ValuesView* values = window.valuesView();
        m_canvases = {values->histogram()->findChild<QWidget*>(u"histogramCanvas"_s),
                      values->staircase()->findChild<QWidget*>(u"staircaseCanvas"_s),
                      window.metricCards()->findChild<QWidget*>(u"sqnrCard"_s)};
        m_painted.resize(m_canvases.size());
        for (QWidget* canvas : m_canvases)
            canvas->installEventFilter(this);
        connect(values->histogram(), &HistogramPlot::replotted, this, [this] { m_replotted[0] = m_arrived; });
        connect(values->staircase(), &ChartView::replotted, this, [this] { m_replotted[1] = m_arrived; });
        connect(&controller.session(), &Session::pictureChanged, this, [this] {
            const auto& picture = m_controller.session().picture();
            m_arrived = picture && picture->scheme() == m_controller.session().scheme();
            m_arrivedNs = m_timer.nsecsElapsed();
        });
    }

    /// Milliseconds from the step to the last repaint.
    double step(const std::function<void()>& act)
    {
        m_arrived = m_replotted[0] = m_replotted[1] = false;
        std::fill(m_painted.begin(), m_painted.end(), false);
        m_timer.start();
        act();
        while (!isDone())
            QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
        return static_cast<double>(m_timer.nsecsElapsed()) / 1e6;
    }
    double computeMs() const { return static_cast<double>(m_arrivedNs) / 1e6; }

protected:
    bool eventFilter(QObject* object, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && m_arrived) {
            const auto at = static_cast<std::size_t>(std::find(m_canvases.begin(), m_canvases.end(), object)
                                                     - m_canvases.begin());
            m_painted[at] = true;
        }
        return false;
    }

private:
    bool isDone() const
    {
        // A plot paints from within its replot: both must have happened since the result arrived.
        return m_arrived && m_replotted[0] && m_replotted[1]
               && std::all_of(m_painted.begin(), m_painted.end(), [](bool painted) { return painted; });
    }

    MainController& m_controller;
    std::vector<QWidget*> m_canvases;
    std::vector<bool> m_painted;
    std::array<bool, 2> m_replotted{};
    QElapsedTimer m_timer;
    qint64 m_arrivedNs = 0;
    bool m_arrived = false;
};

double quantile(std::vector<double> values, double q)
{
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

/// Timings of one kind of step.
struct Timings
{
    std::vector<double> whole;
    std::vector<double> compute;

    void add(PaintWatch& watch, const std::function<void()>& act)
    {
        whole.push_back(watch.step(act));
        compute.push_back(watch.computeMs());
    }
    void print(const char* network, const char* what, double goalMs) const
    {
        std::printf("%-30s %-12s steps %3zu  median %6.2f ms  p95 %6.2f ms  max %6.2f ms  (until the result: "
                    "median %.2f)  goal %.0f ms: %s\n",
                    network, what, whole.size(), quantile(whole, 0.5), quantile(whole, 0.95),
                    quantile(whole, 1), quantile(compute, 0.5), goalMs,
                    quantile(whole, 0.95) <= goalMs ? "met" : "missed");
        std::fflush(stdout);
    }
};

void measure(const char* network, int steps, double goalMs)
{
    QTemporaryDir scratch;
    SettingsStore settings(scratch.filePath(u"settings.ini"_s));
    MainWindow window;
    MainController controller(window, settings, openNetwork);
    window.show();
    controller.open(QString::fromLatin1(network));
    const auto settle = [&] {
        QTest::qWait(50);
        while (controller.isBusy())
            QTest::qWait(20);
        QTest::qWait(50);
    };
    settle();
    auto* slider = window.findChild<QSlider*>(u"bitsSlider"_s);
    PaintWatch watch(window, controller);
    Timings bits;
    for (int i = 0; i < steps; ++i) {
        // Up and down through 2 … 16, as a hand on the slider does.
        const int at = i % 28;
        const int wanted = at < 14 ? 2 + at : 30 - at;
        if (wanted != controller.session().scheme().bits)
            bits.add(watch, [&] { slider->setValue(wanted); });
    }
    bits.print(network, "bit width", goalMs);
    slider->setValue(4);
    settle();
    auto* handle = window.findChild<QWidget*>(u"upperClipHandle"_s);
    const QPoint grip = handle->rect().center();
    Timings drag;
    QTest::mousePress(handle, Qt::LeftButton, {}, grip);
    for (int i = 0; i < steps; ++i) // inwards and back, three pixels at a time
        drag.add(watch, [&] { QTest::mouseMove(handle, grip + QPoint(i % 40 < 20 ? -3 : 3, 0)); });
    QTest::mouseRelease(handle, Qt::LeftButton, {}, grip);
    drag.print(network, "clip handle", goalMs);
    settle();
}

} // namespace

int main(int argc, char** argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const int steps = argc > 1 ? std::atoi(argv[1]) : 140;
    measure("synth:gauss,shape=1024x1024", steps, 8);
    measure("synth:gauss,shape=4096x4096", steps, 16);
    return 0;
}

#include "bench_window.moc"
