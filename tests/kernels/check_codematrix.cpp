// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/kernels/check.h"
#include "tests/kernels/reference.h"

namespace quantoscope::test {

/// The reference of all other checks against numbers worked out by hand.
void checkCodeMatrix(Isa, Failures& failures)
{
    CodeMatrix weights;
    weights.outputs = 2;
    weights.depth = {3, 3};
    weights.bits = 2;
    weights.codes = {0, 1, 2, 3, 3, 0};
    weights.zero = {1, 2};
    weights.scale = {1, 1};
    weights.validate();
    failures.expect(weights.largestInteger() == 2, "codes 0…3 about 1 and 2 reach 2");

    Activations input;
    input.rows = 1;
    input.depth = 3;
    input.values = {5, -7, 2};
    input.zero = {1};
    // (-1, 0, 1)·(4, -8, 1) = -3 and (1, 1, -2)·(4, -8, 1) = -6
    const std::vector<std::int64_t> sums = referenceProduct(weights, input);
    failures.expect(sums == std::vector<std::int64_t>{-3, -6}, "two rows by hand");
}

} // namespace quantoscope::test
