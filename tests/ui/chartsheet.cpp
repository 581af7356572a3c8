// SPDX-License-Identifier: GPL-3.0-or-later
// quantoscope_chartsheet FOLDER: a chart with everything in it, light and dark, as in the window, for a beamer, and as it is exported.
#include "tests/ui/chartsamples.h"
#include "ui/plots/chartpainter.h"
#include "ui/plots/chartview.h"

#include <QApplication>
#include <QTest>
#include <qcustomplot.h>

using namespace quantoscope;
using namespace Qt::StringLiterals;

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    const QString folder = argc > 1 ? QString::fromLocal8Bit(argv[1]) : u"."_s;
    for (const bool dark : {false, true}) {
        const QString theme = dark ? u"dark"_s : u"light"_s;
        ChartView view;
        view.setPalette(makePalette(dark));
        view.setAutoFillBackground(true);
        view.setFont(QFont(view.font().family(), 9));
        view.resize(1000, 680);
        view.setChart(std::make_shared<const Chart>(testing::everything()));
        view.setMark(0.7);
        view.show();
        QTest::qWait(50);
        view.grab().save(folder + u"/window-"_s + theme + u".png"_s);
        view.setFont(QFont(view.font().family(), 18));
        view.setLineScale(3);
        QTest::qWait(50);
        view.grab().save(folder + u"/beamer-"_s + theme + u".png"_s);
        QCustomPlot plot;
        ChartPainter painter(plot);
        ChartStyle style;
        style.colors = &themeColors(dark);
        style.font = QFont(view.font().family(), 9);
        style.withTitle = true;
        painter.show(testing::everything(), style, false);
        plot.toPixmap(800, 600, 1.5).save(folder + u"/export-"_s + theme + u".png"_s);
    }
    return 0;
}
