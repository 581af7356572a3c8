// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/valuestable.h"

#include "app/cli/comparison.h"
#include "app/cli/text.h"
#include "core/report/metricvalues.h"

#include <cmath>
#include <ostream>

namespace quantoscope {

namespace {

constexpr std::size_t shownElements = 64;

std::string number(float value) { return numberText(static_cast<double>(value)); }

double highestLevel(const QuantizedTensor& tensor, bool high)
{
    const ParamSets& params = *tensor.report.params;
    const Interval ends = valueEnds(params, 0);
    return static_cast<double>(high ? ends.hi : ends.lo);
}

void printParams(std::ostream& out, const QuantizedTensor& tensor)
{
    const ParamSets& params = *tensor.report.params;
    if (params.sets.empty())
        return;
    out << "scale " << scaleText(params);
    if (hasZeroPoint(params.scheme))
        out << " · zero point " << zeroPointText(params);
    else if (hasOffset(params.scheme))
        out << " · offset " << offsetText(params);
    out << " · codes " << params.codes.min << " … " << params.codes.max << " · "
        << countText(tensor.report.metrics.levels) << " levels";
    if (params.sets.size() > 1) {
        out << " in each of " << countText(params.sets.size()) << " sets\n";
        return;
    }
    out << " from " << numberText(highestLevel(tensor, false)) << " to "
        << numberText(highestLevel(tensor, true)) << '\n';
    out << "clipping range that the scale was made from: " << number(params.sets.front().range.lo) << " … "
        << number(params.sets.front().range.hi) << '\n';
}

void printRest(std::ostream& out, std::size_t count)
{
    if (count > shownElements)
        out << "… and " << countText(count - shownElements) << " more; --json prints all\n";
}

std::string missing(std::string_view key, const ErrorMetrics& metrics)
{
    return "- (" + std::string(missingReason(key, metrics)) + ")";
}

std::string metricText(const MetricDefinition& definition, const ErrorMetrics& metrics)
{
    if (definition.value == nullptr)
        return countText(metrics.levelsUsed) + " of " + countText(metrics.levels);
    const double value = metrics.*definition.value;
    if (std::isnan(value))
        return missing(definition.key, metrics);
    if (definition.key == "entropyBits")
        return numberText(value) + " of " + numberText(std::log2(static_cast<double>(metrics.levels)), 4);
    if (definition.unit == "fraction")
        return percentText(value);
    return numberText(value);
}

/// "Is this number bad?": the SQNR beside what it can be.
void printReferences(std::ostream& out, const QuantizedTensor& tensor)
{
    out << "\nSQNR " << numberText(tensor.report.metrics.sqnrDb, 4) << " dB beside what it could be\n";
    TextTable table;
    table.addColumn("reference line", TextTable::Align::Left);
    table.addColumn("dB");
    table.addColumn("formula", TextTable::Align::Left);
    for (const ReferenceLine& line : tensor.references)
        table.addRow(
            {std::string(line.title), decimalsText(line.sqnrDb, 2),
             std::isnan(line.sqnrDb) ? "- (" + std::string(line.reason) + ")" : std::string(line.formula)});
    table.print(out);
}

} // namespace

void printTensor(std::ostream& out, const QuantizedTensor& tensor, std::span<const float> x,
                 const Shape& shape)
{
    out << countText(x.size()) << (x.size() == 1 ? " value" : " values") << " (shape " << toText(shape)
        << ") quantized with " << toText(tensor.report.scheme) << '\n';
    printParams(out, tensor);
    out << '\n';
    TextTable table;
    for (const char* title : {"#", "x", "code", "x̂", "e = x̂ - x"})
        table.addColumn(title);
    for (std::size_t i = 0; i < std::min(x.size(), shownElements); ++i) {
        if (!tensor.finite[i]) {
            table.addRow({std::to_string(i), number(x[i]) == "-" ? "nan" : number(x[i]), "-", "-", "-"});
            continue;
        }
        const double error = static_cast<double>(tensor.values[i]) - static_cast<double>(x[i]);
        table.addRow({std::to_string(i), number(x[i]), std::to_string(tensor.codes[i]),
                      number(tensor.values[i]), numberText(error)});
    }
    table.print(out);
    printRest(out, x.size());
    out << '\n';
    printMetrics(out, tensor.report.metrics);
    printReferences(out, tensor);
}

void printSteps(std::ostream& out, const QuantizedTensor& tensor, std::span<const float> x)
{
    out << "\nStep by step (clipped: to the lowest and highest level; scaled: (x - offset)/scale)\n";
    TextTable table;
    for (const char* title : {"#", "x", "clipped", "scaled", "rounded", "+ zero point", "code", "x̂", "e"})
        table.addColumn(title);
    for (std::size_t i = 0; i < std::min(x.size(), shownElements); ++i) {
        if (!tensor.finite[i])
            continue;
        const QuantizationStep step = quantizationStep(tensor, i, x[i]);
        table.addRow({std::to_string(i), number(step.x), number(step.clipped), number(step.scaled),
                      numberText(step.rounded, 9), numberText(step.shifted, 9), std::to_string(step.code),
                      number(step.value), numberText(step.error)});
    }
    table.print(out);
    printRest(out, x.size());
}

void printMetrics(std::ostream& out, const ErrorMetrics& metrics)
{
    TextTable table;
    table.addColumn("metric", TextTable::Align::Left);
    table.addColumn("value");
    table.addColumn("unit", TextTable::Align::Left);
    for (const MetricDefinition& definition : metricDefinitions()) {
        const bool fraction = definition.unit == "fraction";
        table.addRow({std::string(definition.title), metricText(definition, metrics),
                      fraction ? "" : std::string(definition.unit)});
    }
    table.print(out);
    if (metrics.nanCount + metrics.infCount > 0)
        out << "Left out: " << countText(metrics.nanCount) << " NaN, " << countText(metrics.infCount)
            << " infinite.\n";
    if (metrics.entropyFewSamples && metrics.elements > 0)
        out << "Few values for so many codes: the code entropy is biased low.\n";
}

} // namespace quantoscope
