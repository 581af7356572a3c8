// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/kernels/check.h"

namespace quantoscope::test {

// One file each: check_NAME.cpp.
void checkCodeMatrix(Isa isa, Failures& failures);
void checkConv(Isa isa, Failures& failures);
void checkConvTranspose(Isa isa, Failures& failures);
void checkEpilogue(Isa isa, Failures& failures);
void checkFloats(Isa isa, Failures& failures);
void checkGrouped(Isa isa, Failures& failures);
void checkPair(Isa isa, Failures& failures);
void checkPlanes(Isa isa, Failures& failures);
void checkPlaneSum(Isa isa, Failures& failures);
void checkQuantizeImages(Isa isa, Failures& failures);
void checkQuantizePack(Isa isa, Failures& failures);
void checkQuantizer(Isa isa, Failures& failures);
void checkRequantize(Isa isa, Failures& failures);
void checkTiming(Isa isa, Failures& failures);
void checkWide(Isa isa, Failures& failures);
void checkXnor(Isa isa, Failures& failures);
void checkQuad(Isa isa, Failures& failures);
void checkProduct(Isa isa, Failures& failures);
void checkSaturating(Isa isa, Failures& failures);
void checkTernary(Isa isa, Failures& failures);

std::vector<Check> kernelChecks()
{
    return {
        {"codematrix", checkCodeMatrix},
        {"conv", checkConv},
        {"convtranspose", checkConvTranspose},
        {"epilogue", checkEpilogue},
        {"floats", checkFloats},
        {"grouped", checkGrouped},
        {"pair", checkPair},
        {"planes", checkPlanes},
        {"planesum", checkPlaneSum},
        {"quantizeimages", checkQuantizeImages},
        {"quantizepack", checkQuantizePack},
        {"quantizer", checkQuantizer},
        {"requantize", checkRequantize},
        {"timing", checkTiming},
        {"wide", checkWide},
        {"xnor", checkXnor},
        {"quad", checkQuad},
        {"product", checkProduct},
        {"saturating", checkSaturating},
        {"ternary", checkTernary},
    };
}

} // namespace quantoscope::test
