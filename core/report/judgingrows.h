// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/judging/judgement.h"
#include "core/report/json.h"

namespace quantoscope {

/// Adds what `evaluate` tells of a quantized network, in this order. What is unknown is null with KReason; keys marked * are
/// there only where they were judged. Accuracies and shares 0 … 1, intervals [low, high] of 95 %.
///
///     samples peakBytes judgedOutput outputSqnrDb outputSqnrCi95 cosine maxError nanCount infCount brokenCount klSoftmax klSoftmaxCi95 klLeftOut*
///     fp32{accuracy accuracyCi95 top5 top5Ci95} quantized{the same} accuracyDifference accuracyDifferenceCi95
///     lost gained mcnemarP mcnemarHolm* provable{smallestDrop smallestLost proven sentence} agreement agreementCi95
///     perplexity*{fp32 fp32Error quantized quantizedError lnRatio lnRatioError ratio ratioError positions leftOut}
///     kld*{mean error median p90 p95 p99 max} sameTop1* sameTop1Error*
///     textEqual* textEqualCi95* editDistance* editDistanceCi95* textTruth*{fp32{equal equalCi95 editDistance editDistanceCi95} quantized{}}
///     flips flipped[]{sample label before after marginBefore marginAfter topsBefore[]{class probability} topsAfter[]}
///     outputs[]{name sqnrDb sqnrCi95 cosine maxError nanCount infCount brokenCount}
///     timeNs{fp32 ort ours} (medians) timePercentilesNs{fp32{p50 p50Ci95 p95 p99 inferences} ort ours}
///     bitOperations*{modelled total fp32Total layers[]{layer macs weightBits inputBits bitOperations}} repeated*{key{runs mean sd min max ci95}}
void addJudgement(Json& object, const Judgement& judgement);

} // namespace quantoscope
