// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_modelspeed: how long the table of 5,000 layers takes to filter, sort, scroll and fill, each to the finished repaint.
#include "tests/ui/testnetwork.h"
#include "ui/focusbus.h"
#include "ui/models/modeltablemodel.h"
#include "ui/views/modelview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QScrollBar>
#include <QTableView>

#include <algorithm>
#include <cstdio>
#include <functional>

using namespace quantoscope;
using namespace Qt::StringLiterals;

namespace {

void time(const char* what, int rounds, const std::function<void(int)>& step, QWidget& widget)
{
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        QElapsedTimer timer;
        timer.start();
        step(i);
        QApplication::sendPostedEvents();
        QApplication::processEvents();
        widget.repaint();
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    std::sort(times.begin(), times.end());
    std::printf("%-28s median %6.2f ms  p95 %6.2f ms\n", what, times[times.size() / 2],
                times[times.size() * 95 / 100]);
}

} // namespace

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    auto network = std::make_shared<Network>();
    network->format = "synth";
    for (int i = 0; i < 5000; ++i)
        testing::addLayer(*network,
                          "block" + std::to_string(i / 7) + ".part" + std::to_string(i % 7) + ".weight",
                          i % 3 ? LayerKind::Conv : LayerKind::Gemm, {8, 8},
                          testing::bellValues(64, static_cast<std::uint32_t>(i + 1)));
    const auto four = std::make_shared<const AnalysisResult>(
        analyze(network, {.scheme = parseScheme("bits=4"), .overrides = {}}));
    const auto three = std::make_shared<const AnalysisResult>(
        analyze(network, {.scheme = parseScheme("bits=3"), .overrides = {}}));
    FocusBus focus;
    ModelView view(focus);
    view.resize(1280, 800);
    view.show();
    view.setNetwork(network);
    view.setPicture({four, nullptr, nullptr, LayerId{10}});
    QApplication::processEvents();
    auto* table = view.findChild<QTableView*>(u"modelTable"_s);
    auto* filter = view.findChild<QLineEdit*>(u"modelFilter"_s);
    const QStringList texts{u"b"_s, u"block1"_s, u"part3"_s, u"8x8 conv"_s, u""_s};
    time(
        "filter", 100, [&](int i) { filter->setText(texts[i % texts.size()]); }, *table->viewport());
    filter->clear();
    time(
        "scroll", 100, [&](int i) { table->verticalScrollBar()->setValue(i * 47); }, *table->viewport());
    time(
        "sort by a number", 40,
        [&](int i) {
            table->sortByColumn(ModelTableModel::columnOf(i % 4 < 2 ? "mse" : "sqnrDb"),
                                i % 2 ? Qt::AscendingOrder : Qt::DescendingOrder);
        },
        *table);
    time(
        "sort by name", 40,
        [&](int i) { table->sortByColumn(0, i % 2 ? Qt::AscendingOrder : Qt::DescendingOrder); },
        *table->viewport());
    time(
        "other layer", 40,
        [&](int i) {
            view.setPicture({four, nullptr, nullptr, LayerId{static_cast<std::uint32_t>(i * 100)}});
        },
        view);
    time(
        "new result", 40,
        [&](int i) {
            view.setPicture({i % 2 ? four : three, nullptr, nullptr, LayerId{1}});
        },
        view);
    return 0;
}
