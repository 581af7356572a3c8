#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""integers.* and books.*: presets whose tools are not packaged here, from their published rules, in NumPy and in the
order of float32 operations that the tool uses. Each function names its source. See README.md."""
import numpy as np

from fixtures import Writer, f32, inputs, rha, rne

f64 = np.float64
ULP = dict(scale_ulps=1, tolerance=3e-7)


def absmax(x):
    return f32(np.abs(x).max())


def values_of(q, scale, zero=0):
    return ((np.asarray(q) - zero).astype(f32) * f32(scale)).astype(f32)


def symmetric(high, low=None):
    """s = absmax / high, codes low (or -high) to high, x / s half to even."""
    def rule(x):
        scale = f32(f64(absmax(x)) / high) or f32(1)
        q = np.clip(rne((x / scale).astype(f32)), -high if low is None else low, high)
        return scale, 0, q, values_of(q, scale)
    return rule


def tflite_weight(x):
    """TensorFlow Lite quantization_utils.cc SymmetricPerChannelQuantizeValues: x times the inverse, half away."""
    scale = f32(absmax(x) / f32(127)) or f32(1)
    q = np.clip(rha((x * f32(1 / f64(scale))).astype(f32)), -127, 127)
    return scale, 0, q, values_of(q, scale)


def tflite_activation(x):
    """reference/quantize.h AffineQuantize: half away, the zero point added after it."""
    low, high = min(f32(0), x.min()), max(f32(0), x.max())
    scale = f32(f32(high - low) / f32(255)) or f32(1)
    zero = int(np.clip(rha(-128 - f64(low) / f64(scale)), -128, 127))
    q = np.clip(rha((x / scale).astype(f32)) + zero, -128, 127)
    return scale, zero, q, values_of(q, scale, zero)


def tflite_int16(x):
    scale = f32(absmax(x) / f32(32767)) or f32(1)
    q = np.clip(rha((x / scale).astype(f32)), -32768, 32767)
    return scale, 0, q, values_of(q, scale)


def tflite_dynamic_activation(x):
    """portable_tensor_utils.cc PortableSymmetricQuantizeFloats: x times 127 / range, half away."""
    bound = absmax(x)
    if bound == 0:
        return f32(1), 0, 0 * x, 0 * x
    q = np.clip(rha((x * f32(f32(127) / bound)).astype(f32)), -127, 127)
    scale = f32(bound / f32(127))
    return scale, 0, q, values_of(q, scale)


def gemmlowp(x):
    """doc/quantization_example.cc: the zero point is added before rounding, half away (of numbers >= 0)."""
    low, high = min(f32(0), x.min()), max(f32(0), x.max())
    scale = f32(f32(high - low) / f32(255))
    if scale == 0:
        return f32(1), 0, 0 * x, 0 * x
    zero = int(rha(np.clip(0 - f64(low) / f64(scale), 0, 255)))
    q = rha(np.clip((f32(zero) + (x / scale).astype(f32)).astype(f32), 0, 255))
    return scale, zero, q, values_of(q, scale, zero)


def aimet_symmetric(x):
    """DlQuantization quantization_utils.cpp and trim_functions.cpp: round(x / delta - offset), numbers >= 0."""
    delta = f64(absmax(x)) / 127
    clamped = np.clip(x, f32(delta * -128), f32(delta * 127))
    q = rha(((clamped / f32(delta)).astype(f32) + f32(128)).astype(f32)) - 128
    return f32(delta), 0, q, values_of(q, delta)


def aimet_asymmetric(x):
    low, high = f64(min(0, x.min())), f64(max(0, x.max()))
    delta = (high - low) / 255
    zero = int(rha(-low / delta))
    clamped = np.clip(x, f32(-zero * delta), f32((255 - zero) * delta))
    q = rha(((clamped / f32(delta)).astype(f32) + f32(zero)).astype(f32))
    return f32(delta), zero, q, values_of(q, delta, zero)


def nncf(x):
    """weight_lowering.py, signed scale: the value of larger magnitude becomes -128."""
    low, high = f32(abs(x.min())), x.max()
    scale = f32((low if low >= high else -high) / f32(128))
    if abs(scale) < np.finfo(f32).eps:
        scale = np.finfo(f32).eps
    q = np.clip(rne((x / scale).astype(f32)), -128, 127)
    return scale, 0, q, values_of(q, scale)


def llm_int8(x):
    """bitsandbytes int8_vectorwise_quant: x times 127 / absmax, half to even."""
    bound = absmax(x)
    q = rne((x * f32(f32(127) / bound)).astype(f32)) if bound else 0 * x
    return f32(bound / f32(127)) or f32(1), 0, q, values_of(q, f32(bound / f32(127)))


def torchao_int4(x):
    """quant_primitives.py, tinygemm: 0 not forced in, float zero of the middle code 8."""
    scale = f32(f32(x.max() - x.min()) / f32(15))
    if scale < np.finfo(f32).tiny:
        scale = np.finfo(f32).tiny
    zero = f32(x.min() + f32(scale * f32(8)))
    low = f32(zero - f32(scale * f32(8)))
    q = np.clip(rne(((x - low).astype(f32) / scale).astype(f32)), 0, 15)
    return scale, 0, q, (values_of(q, scale, 8) + zero).astype(f32), low


def binary(x):
    """XNOR-Net: sign(x) times mean |x|, 0 counts as positive."""
    alpha = f32(np.abs(x).astype(f64).mean())
    return f32(2) * alpha, 0, x >= 0, np.where(x >= 0, alpha, -alpha), -alpha


def ternary(x):
    """Ternary Weight Networks: threshold 0.7 mean |x|, scale the mean of what lies above."""
    magnitude = np.abs(x).astype(f64)
    above = magnitude > 0.7 * magnitude.mean()
    alpha = f32(magnitude[above].mean()) if above.any() else f32(0)
    return alpha, 0, np.sign(x) * above, values_of(np.sign(x) * above, alpha)


NF4 = np.array([-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
                -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
                0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023,
                1], f32)
NF4_BORDERS = np.array([-0.8480964, -0.6106329, -0.4599953, -0.3396794, -0.2346074, -0.1379117, -0.0455250, 0.0397901,
                        0.1202553, 0.2035213, 0.2920138, 0.3893126, 0.5016634, 0.6427869, 0.8614785], f32)
FP4 = np.array([0, 0.0625 / 12, 8 / 12, 1, 4 / 12, 6 / 12, 2 / 12, 3 / 12], f32)
FP4_BORDERS = np.array([0.00260417, 0.0859375, 0.20833333, 0.29166667, 0.4166667, 0.583333, 0.8333333], f32)


def nf4_codes(x):
    bound = absmax(x)
    return bound, (x[:, None] / bound > NF4_BORDERS).sum(1) if bound else np.full(x.shape, 7)


def nf4(x):
    """bitsandbytes functional.py and csrc: a value on a border gets the lower code."""
    bound, q = nf4_codes(x)
    return bound, None, q, (NF4[q] * bound).astype(f32)


def fp4(x):
    """bitsandbytes FP4: a value on a border gets the smaller magnitude; the sign stays with 0."""
    bound = absmax(x)
    order = np.argsort(FP4)
    q = order[(np.abs(x)[:, None] / bound > FP4_BORDERS).sum(1)] if bound else np.zeros(x.shape, int)
    return bound, None, q + 8 * (x < 0), np.copysign(FP4[q] * bound, x).astype(f32)


def dynamic_map():
    """bitsandbytes create_dynamic_map(): signed, 8 bits, 7 exponent bits."""
    values = [0.0, 1.0]
    for i in range(7):
        borders = np.linspace(0.1, 1, 2**i + 1)
        centres = (borders[:-1] + borders[1:]) / 2 * 10.0 ** (i - 6)
        values += list(centres) + list(-centres)
    return np.sort(np.array(values, f32))


def qlora(x):
    """(codes, values): NF4 in blocks of 64, the scales less their mean coded in 8 bits, 256 of them together."""
    blocks = [nf4_codes(block) for block in x.reshape(-1, 64)]
    scales = np.array([b[0] for b in blocks], f32)
    table = dynamic_map()
    mean = f32(scales.astype(f64).mean())
    rest = (scales - mean).astype(f32)
    bound = absmax(rest)
    nested = scales
    if bound:
        nearest = np.abs((rest / bound).astype(f32)[:, None] - table).argmin(1)
        nested = (table[nearest] * bound + mean).astype(f32)
    codes = np.concatenate([b[1] for b in blocks])
    return nested, codes, np.concatenate([(NF4[b[1]] * s).astype(f32) for b, s in zip(blocks, nested)])


E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


def nearest_e2m1(x, scale):
    """First of the nearest, in the order of the codes."""
    q = np.abs(E2M1 * f64(scale) - x[:, None].astype(f64)).argmin(1)
    return q, (E2M1[q] * f64(scale)).astype(f32) + f32(0)


def mxfp4(x):
    """OCP Microscaling 1.0, floor rule: shared exponent floor(log2 absmax) - 2."""
    bound = absmax(x)
    scale = 2.0 ** (np.floor(np.log2(f64(bound))) - 2) if bound else 0
    q, values = nearest_e2m1(x, scale)
    return f32(scale), None, q, values


def ue4m3(x):
    """Scale as ggml stores it: 3 mantissa bits, half up on the next bit, from 256 on 448."""
    if not x > 0:
        return 0.0
    exponent = int(np.floor(np.log2(f64(x))))
    if exponent < -6:
        return min(np.floor(f64(x) * 512 + 0.5), 7) / 512
    steps = np.floor(np.floor(f64(x) / 2.0 ** (exponent - 4)) / 2 + 0.5) * 2.0 ** (exponent - 3)
    return 448.0 if steps >= 256 else steps


def nvfp4(x):
    """Scale of 16 elements: absmax / 6 as E4M3; no second level."""
    scale = f32(ue4m3(f32(absmax(x) / f32(6))))
    q, values = nearest_e2m1(x, scale)
    return scale, None, q, values


def integers():
    writer = Writer("integers")
    for name, x in inputs().items():
        def add(scheme, granularity, rule, **more):
            writer.add_sets(scheme, name, x, granularity, rule, **more)

        add("int8-per-tensor", "tensor", symmetric(127))
        add("int8-per-channel", "channel", symmetric(127))
        add("int4-group-32", "32", symmetric(7))
        add("int4-group-128", "128", symmetric(7))
        add("quanto-int8", "channel", symmetric(127, -128))
        add("trt-int8-entropy", "channel", symmetric(127))
        for preset in ("tflite-int8", "tflite-int16x8", "tflite-dynamic"):
            add(preset, "channel", tflite_weight)
        add("tflite-int8", "tensor", tflite_activation, part="act", **ULP)
        add("tflite-int16x8", "tensor", tflite_int16, part="act")
        add("tflite-dynamic", "tensor", tflite_dynamic_activation, part="act")
        add("gemmlowp-uint8", "tensor", gemmlowp, **ULP)
        add("gemmlowp-uint8", "tensor", gemmlowp, part="act", **ULP)
        add("nncf-int8", "channel", nncf)
        for preset in ("bnb-int8", "hf-8bit"):
            add(preset, "channel", llm_int8)
        add("torchao-int4", "128", torchao_int4, **ULP)
        if x.any():
            add("aimet-int8", "tensor", aimet_asymmetric, part="act")
        if x.min() < 0:  # else the tool would turn to its asymmetric rule ("unsigned symmetric")
            add("aimet-int8", "tensor", aimet_symmetric)
    writer.write()


def books():
    writer = Writer("books")
    for name, x in inputs().items():
        writer.add_sets("binary", name, x, "tensor", binary, tolerance=2e-7)
        writer.add_sets("ternary", name, x, "tensor", ternary)
        for preset in ("nf4", "bnb-nf4"):
            writer.add_sets(preset, name, x, "64", nf4)
        for preset in ("bnb-fp4", "hf-4bit"):
            writer.add_sets(preset, name, x, "64", fp4)
        nested, codes, values = qlora(x)
        writer.add("qlora", name, nested, None, codes, values, scale_ulps=4, tolerance=3e-7)
        writer.add_sets("mxfp4", name, x, "32", mxfp4)
        writer.add_sets("nvfp4", name, x, "16", nvfp4)
    writer.write()


integers()
books()
