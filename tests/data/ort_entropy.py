# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ort_entropy.txt: what ONNX Runtime's entropy calibration finds for data that a test makes again.

Written from the description of the algorithm (see core/quant/ranges/ortentropy.h), with NumPy doing the counting and SciPy the
divergence as the tool has them.  python3 ort_entropy.py > ort_entropy.txt
Lines: shape of the data, elements, bins, quantized bins, lo, hi (hexadecimal floats).
"""
import numpy as np
from scipy.stats import entropy


def data(shape, count):
    """Near-normal values from a 64-bit linear congruential generator; shape 1: rectified; 2: cubed; 3: shifted by 1."""
    state = shape
    values = []
    for _ in range(count):
        total = 0.0
        for _ in range(4):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            total += (state >> 40) * 2.0**-24
        values.append(total - 2)
    x = np.array(values)
    x = [x, np.maximum(x, 0), x * x * x, x + 1][shape]
    return x.astype(np.float32)


def smooth(counts):
    zero = (counts == 0).astype(np.float32)
    used = (counts != 0).astype(np.float32)
    if used.sum() == 0:
        return None
    share = 1e-4 * float(zero.sum()) / float(used.sum())
    assert share < 1
    return counts.astype(np.float32) + (1e-4 * zero + (-share) * used)


def best_range(x, bins, quantized):
    bound = max(abs(x.min()), abs(x.max()))
    hist, edges = np.histogram(x, bins=bins, range=(-bound, bound))
    middle = bins // 2
    results = []
    for half in range(quantized // 2, middle + 1):
        lo, hi = middle - half, min(middle + half + 1, bins)
        part = hist[lo:hi]
        p = part.copy()
        p[0] += hist[:lo].sum()
        p[-1] += hist[hi:].sum()
        run = part.size // quantized
        q = np.zeros(part.size, dtype=np.int64)
        for k in range(quantized):
            a, b = k * run, (k + 1) * run
            total = part[a:].sum() if k == quantized - 1 else part[a:b].sum()
            used = np.count_nonzero(p[a:b])
            if used:
                q[a:b] = float(total) / float(used)  # the integer array cuts the fraction off
        p, q = smooth(p), smooth(q)
        found = np.inf if p is None or q is None else float(entropy(p, q))
        results.append((found, edges[lo], edges[hi]))
    best = int(np.argmin([r[0] for r in results]))
    return max(results[best][1], x.min()), min(results[best][2], x.max())


for shape in range(4):
    for count, bins, quantized in ((5000, 128, 128), (5000, 2048, 128), (60000, 2048, 128), (20000, 512, 16), (3000, 1024, 255)):
        lo, hi = best_range(data(shape, count), bins, quantized)
        print(shape, count, bins, quantized, float(lo).hex(), float(hi).hex())
