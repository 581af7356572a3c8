// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/judging/answers.h"

#include "core/support/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quantoscope {

namespace {

double marginOf(const std::vector<RankedClass>& tops)
{
    if (tops.empty())
        return std::nan("");
    return tops[0].probability - (tops.size() > 1 ? tops[1].probability : 0);
}

/// Surest first, unknown margins last, then by sample.
bool comesBefore(const FlippedAnswer& a, const FlippedAnswer& b)
{
    const auto key = [](const FlippedAnswer& f) {
        return std::isnan(f.marginBefore) ? -1.0 : f.marginBefore;
    };
    return key(a) != key(b) ? key(a) > key(b) : a.sample < b.sample;
}

void count(Proportion& proportion, bool hit)
{
    proportion.count += hit;
    ++proportion.samples;
}

} // namespace

std::size_t topClass(std::span<const float> row)
{
    std::size_t top = noAnswer;
    for (std::size_t i = 0; i < row.size(); ++i)
        if (!std::isnan(row[i]) && (top == noAnswer || row[i] > row[top]))
            top = i;
    return top;
}

bool amongTop(std::span<const float> row, std::size_t label, std::size_t k)
{
    if (label >= row.size() || std::isnan(row[label]))
        return false;
    std::size_t ahead = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        ahead += row[i] > row[label] || (i < label && row[i] == row[label]);
    return ahead < k;
}

std::vector<RankedClass> rankedClasses(std::span<const float> row, OutputKind kind, std::size_t k)
{
    std::vector<double> logP(row.size());
    if (!logSoftmax(row, kind, logP))
        return {};
    std::vector<std::size_t> order(row.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    k = std::min(k, row.size());
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
        [row](std::size_t a, std::size_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
    std::vector<RankedClass> ranked;
    for (std::size_t i = 0; i < k; ++i)
        ranked.push_back({order[i], std::exp(logP[order[i]])});
    return ranked;
}

void AnswerSum::add(std::size_t sample, std::span<const float> reference, std::span<const float> quantized,
                    std::optional<std::int64_t> label)
{
    m_answers.classes = reference.size();
    if (label)
        addLabel(sample, reference, quantized, *label);
    const std::size_t before = topClass(reference);
    const std::size_t after = topClass(quantized);
    count(m_answers.agreement, before == after);
    if (before == after)
        return;
    ++m_answers.flips;
    FlippedAnswer flip;
    flip.sample = sample;
    if (label)
        flip.label = static_cast<std::size_t>(*label);
    flip.before = before;
    flip.after = after;
    flip.topsBefore = rankedClasses(reference, m_kind, 5);
    flip.topsAfter = rankedClasses(quantized, m_kind, 5);
    flip.marginBefore = marginOf(flip.topsBefore);
    flip.marginAfter = marginOf(flip.topsAfter);
    keep(std::move(flip));
}

void AnswerSum::addLabel(std::size_t sample, std::span<const float> reference,
                         std::span<const float> quantized, std::int64_t label)
{
    if (label < 0 || static_cast<std::uint64_t>(label) >= reference.size())
        throw Error(ErrorCode::InvalidArgument,
                    "sample " + std::to_string(sample) + " has the label " + std::to_string(label)
                        + ", but the network tells " + std::to_string(reference.size())
                        + " classes apart, 0 the first: check that labels and network belong together");
    const auto wanted = static_cast<std::size_t>(label);
    const bool right = topClass(reference) == wanted;
    const bool stillRight = topClass(quantized) == wanted;
    m_answers.labelled = true;
    count(m_answers.accuracyBefore, right);
    count(m_answers.accuracyAfter, stillRight);
    ++m_answers.paired.samples;
    m_answers.paired.before += right;
    m_answers.paired.lost += right && !stillRight;
    m_answers.paired.gained += !right && stillRight;
    if (reference.size() <= 5)
        return;
    count(m_answers.top5Before, amongTop(reference, wanted, 5));
    count(m_answers.top5After, amongTop(quantized, wanted, 5));
}

void AnswerSum::keep(FlippedAnswer flipped)
{
    std::vector<FlippedAnswer>& kept = m_answers.flipped;
    const auto place = std::upper_bound(kept.begin(), kept.end(), flipped, comesBefore);
    kept.insert(place, std::move(flipped));
    if (kept.size() > m_flipsKept)
        kept.pop_back();
}

} // namespace quantoscope
