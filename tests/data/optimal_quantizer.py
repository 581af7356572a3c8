#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints core/metrics/optimalquantizer.inc: the best uniform quantizers of unit Gauss and Laplace sources.

Levels y_0 < y_1 < ... with step s, borders half-way. Beyond a border t the next level lowers the squared error
by 2 s (x - t), so for the half of the source above 0 with its lowest level y_0

    D = E[(x - y_0)^2; x > 0] - 2 s * sum over the borders t > 0 of T(t),   T(t) = E[x - t; x > t],

closed forms for both sources. The best s is the zero of dD/ds (dT/dt = -P(x > t)), by bisection; sums by math.fsum.
The loading is half the distance of the outermost levels, in standard deviations.
"""
import math


class Gauss:
    mean = 1 / math.sqrt(2 * math.pi)  # of the half above 0

    @staticmethod
    def tail(t):
        return 0.5 * math.erfc(t / math.sqrt(2))

    @staticmethod
    def excess(t):
        return math.exp(-t * t / 2) / math.sqrt(2 * math.pi) - t * Gauss.tail(t)


class Laplace:
    scale = 1 / math.sqrt(2)
    mean = scale / 2

    @staticmethod
    def tail(t):
        return 0.5 * math.exp(-t / Laplace.scale)

    @staticmethod
    def excess(t):
        return Laplace.scale * Laplace.tail(t)


def half(source, s, first, borders):
    """Squared error of the half above 0 and its derivative; lowest level first * s, borders at c * s."""
    excess = math.fsum(source.excess(c * s) for c in borders)
    tail = math.fsum(c * source.tail(c * s) for c in borders)
    error = 0.5 - 2 * first * s * source.mean + (first * s) ** 2 / 2 - 2 * s * excess
    slope = -2 * first * source.mean + first * first * s - 2 * excess + 2 * s * tail
    return error, slope


def halves(grid, bits):
    """(first level, borders) of both halves in steps, and the number of levels."""
    n = 1 << (bits - 1)
    if grid == "mid-rise":
        side = 0.5, [float(k) for k in range(1, n)]
        return [side, side], 2 * n
    above = 0.0, [k - 0.5 for k in range(1, n)]
    if grid == "restricted":
        return [above, above], 2 * n - 1
    return [above, (0.0, [k - 0.5 for k in range(1, n + 1)])], 2 * n  # full: one more level below 0


def best(source, grid, bits):
    sides, levels = halves(grid, bits)

    def at(s):
        results = [half(source, s, *side) for side in sides]
        return sum(r[0] for r in results), sum(r[1] for r in results)

    low, high = 1e-6, 4.0
    while high - low > 1e-12 * high:
        middle = math.sqrt(low * high) if high > 2 * low else (low + high) / 2
        if at(middle)[1] > 0:
            high = middle
        else:
            low = middle
    return low * (levels - 1) / 2, -10 * math.log10(at(low)[0])


def main():
    print("// SPDX-License-Identifier: GPL-3.0-or-later")
    print("// Made by tests/data/optimal_quantizer.py. A row: one width; Gauss, then Laplace; each mid-rise, restricted, full.")
    for bits in range(1, 17):
        cells = []
        for source in (Gauss, Laplace):
            row = []
            for grid in ("mid-rise", "restricted", "full"):
                if grid == "restricted" and bits == 1:
                    row.append("{0, 0}")
                else:
                    row.append("{%.4f, %.4f}" % best(source, grid, bits))
            cells.append("{%s}" % ", ".join(row))
        print("{%s}, // %d" % (", ".join(cells), bits), flush=True)


main()
