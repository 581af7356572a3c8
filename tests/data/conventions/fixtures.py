# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs, rounding and the writer that the recipes of this folder share. Float32 where the tools use it."""
import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
f32 = np.float32


def inputs():
    """Name -> float32 array [rows, columns]; rows are output channels."""
    golden = (((37 * np.arange(256)) % 64 - 32) / 16).astype(f32)
    golden[5] += 3
    state, gauss = 12345, []
    for _ in range(16 * 64):
        total = 0.0
        for _ in range(12):
            state = (1664525 * state + 1013904223) % 2**32
            total += (state >> 16) / 65536
        gauss.append((total - 6) * 0.05)
    gauss = np.array(gauss, f32).reshape(16, 64)
    uniform = (np.arange(256) * 0.6180339887498949) % 1
    relu = np.maximum(0, 6 * (uniform - 0.3) ** 3 * 3).astype(f32).reshape(4, 64)
    symmetric = ((np.arange(256) * 0.7548776662466927 % 1) * 2 - 1).astype(f32).reshape(4, 64)
    for row, bound in enumerate((0.1, 0.3, 0.7, 1.1)):
        symmetric[row] *= f32(bound)
        symmetric[row, 3], symmetric[row, 50] = -f32(bound), f32(bound)
    rows = np.repeat(np.array([0.75, -0.3, 5, 1e-3], f32)[:, None], 64, 1)

    def ties(low, high, count):
        """Every half step of [low, high], as often as fits; both ends in every run of `count`."""
        steps = np.arange(2 * low, 2 * high + 1) / 2
        run = np.resize(steps * 1.0, count)
        run[0], run[1] = low, high
        return run

    return {
        "golden": golden.reshape(2, 128),
        "small": (golden * f32(0.004)).reshape(2, 128)[:, :64].copy(),
        "gauss": gauss,
        "relu": relu,
        "symmetric": symmetric,
        "constant": np.full((2, 64), 0.75, f32),
        "negative": np.full((2, 64), -0.3, f32),
        "rows": rows,
        "zeros": np.zeros((2, 64), f32),
        "ties of 254": np.stack([ties(-127, 127, 512)]).astype(f32),
        "ties of 255": np.stack([ties(-127.5, 127.5, 512)]).astype(f32),
        "ties above 100": np.stack([ties(-100, 155, 512)]).astype(f32),
        "ties of 14": np.tile(ties(-7, 7, 32), (2, 4)).astype(f32),
        "ties of 15": np.tile(ties(-7, 8, 32), (2, 4)).astype(f32),
    }


def rne(x):
    return np.rint(x)


def rha(x):
    """Half away from zero, exactly."""
    magnitude = np.abs(x)
    down = np.floor(magnitude)
    return np.copysign(down + (magnitude - down >= 0.5), x)


def sets_of(x, granularity):
    """The flat index ranges that share a scale."""
    rows, columns = x.shape
    if granularity == "tensor":
        return [slice(0, x.size)]
    size = columns if granularity == "channel" else min(int(granularity), columns)
    return [slice(r * columns + c, r * columns + min(c + size, columns)) for r in range(rows)
            for c in range(0, columns, size)]


class Writer:
    """Collects cases and writes NAME.json (what they are) and NAME.npz (their numbers, one case after the other)."""

    def __init__(self, name):
        self.name, self.cases, self.arrays = name, [], {}
        self.numbers = {"scale": [], "zero": [], "offset": [], "codes": [], "values": []}

    def add(self, scheme, input_name, scale, zero, codes, values, offset=None, part="weight", given=False,
            scale_ulps=0, tolerance=0.0, note=""):
        """zero: per set or None; offset: what is added to scale * (code - zero), per set, or None. tolerance: of the
        values, in units of the largest magnitude of the input. given: scale and zero are inputs of the operator."""
        scale = np.asarray(scale, f32).ravel()
        case = {"scheme": scheme, "input": input_name, "sets": len(scale)}
        case.update({key: value for key, value in (("scaleUlps", scale_ulps), ("tolerance", tolerance),
                                                   ("given", given), ("note", note)) if value})
        if part != "weight":
            case["part"] = part
        self.numbers["scale"].append(scale)
        for key, numbers, kind in (("zero", zero, np.int32), ("offset", offset, f32)):
            if numbers is not None:
                case[key] = True
                self.numbers[key].append(np.asarray(numbers).astype(kind).ravel())
        self.numbers["codes"].append(np.asarray(codes).astype(np.int32).ravel())
        self.numbers["values"].append(np.asarray(values, f32).ravel())
        assert len(self.numbers["codes"][-1]) == len(self.numbers["values"][-1])
        self.cases.append(case)

    def add_sets(self, scheme, input_name, x, granularity, rule, **more):
        """rule(float32 values of one set) -> (scale, zero, codes, values) or with the offset as fifth."""
        results = [rule(x.ravel()[s]) for s in sets_of(x, granularity)]
        scale, zero = [r[0] for r in results], [r[1] for r in results]
        offset = [r[4] for r in results] if len(results[0]) > 4 else None
        self.add(scheme, input_name, scale, None if zero[0] is None else zero,
                 np.concatenate([r[2] for r in results]), np.concatenate([r[3] for r in results]),
                 offset=offset, **more)

    def write(self):
        joined = {key: np.concatenate(parts) for key, parts in self.numbers.items() if parts}
        path = os.path.join(HERE, self.name + ".npz")
        np.savez_compressed(path, **joined, **self.arrays)
        with open(os.path.join(HERE, self.name + ".json"), "w", encoding="utf-8") as file:
            file.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in self.cases) + "\n]\n")
        print(self.name, len(self.cases), "cases", os.path.getsize(path), "bytes")


def write_inputs():
    np.savez_compressed(os.path.join(HERE, "inputs.npz"), **inputs())
