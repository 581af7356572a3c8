#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""onnx.npz and onnx.json: QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear after the operator pages, the
scales of the ONNX Runtime tool (quant_utils.py compute_scale_zp) and the MatMulNBits quantizer (mlas q4_dq.cpp), in
NumPy. The operators are first checked against the examples that the onnx package carries. See README.md."""
import numpy as np
import onnx

from fixtures import Writer, f32, inputs, rha, rne

f64 = np.float64


def quantize_linear(x, scale, zero, low, high):
    """saturate(round(x / s) + z), half to even, division in float32."""
    return np.clip(rne((x / f32(scale)).astype(f32)) + zero, low, high)


def dequantize_linear(q, scale, zero):
    return ((q - zero).astype(f32) * f32(scale)).astype(f32)


def dynamic_quantize_linear(x):
    low, high = min(f32(0), x.min()), max(f32(0), x.max())
    scale = f32(f32(high - low) / f32(255))
    if scale == 0:
        return f32(1), 0, np.zeros(x.shape)
    zero = int(rne(np.clip(f32(0 - low / scale), 0, 255)))
    return scale, zero, quantize_linear(x, scale, zero, 0, 255)


def check_against_package():
    """The examples of the operator pages; importing such a module collects its examples."""
    import onnx.backend.test.case.node as node
    import onnx.backend.test.case.node.dynamicquantizelinear
    import onnx.backend.test.case.node.quantizelinear
    checked = 0
    for case in node._NodeTestCases:
        if "expanded" in case.name:
            continue
        arrays, results = case.data_sets[0]
        x = np.asarray(arrays[0])
        if case.name.startswith("test_dynamicquantizelinear"):
            scale, zero, codes = dynamic_quantize_linear(x)
            assert scale == results[1] and zero == results[2], case.name
        else:
            shape = (1, -1, 1, 1) if np.ndim(arrays[1]) else ()
            codes = quantize_linear(x, np.reshape(arrays[1], shape), np.reshape(arrays[2], shape).astype(int), 0, 255)
        assert np.array_equal(codes, np.asarray(results[0]).astype(int)), case.name
        checked += 1
    print("agrees with", checked, "examples of onnx", onnx.__version__)


def compute_scale_zp(rmin, rmax, qmin, qmax, symmetric):
    """Float64 quotient of a float32 difference, stored as float32."""
    rmin, rmax = min(f32(rmin), f32(0)), max(f32(rmax), f32(0))
    if symmetric:
        rmax = max(abs(rmin), abs(rmax))
        rmin = -rmax
    scale = f64(f32(rmax - rmin)) / f64(qmax - qmin)
    if scale < np.finfo(f32).tiny:
        return f32(1), 0
    zero = rne((qmin + qmax) / 2) if symmetric else rne(qmin - f64(rmin) / scale)
    return f32(scale), int(zero)


def tool(qmin, qmax, symmetric):
    def rule(x):
        scale, zero = compute_scale_zp(x.min(), x.max(), qmin, qmax, symmetric)
        q = quantize_linear(x, scale, zero, qmin, qmax)
        return scale, zero, q, dequantize_linear(q, scale, zero)
    return rule


def dynamic(x):
    scale, zero, q = dynamic_quantize_linear(x)
    return scale, zero, q, dequantize_linear(q, scale, zero)


def mat_mul_n_bits(x):
    """One block of 4 bits, everything in float32."""
    low, high = min(x.min(), f32(0)), max(x.max(), f32(0))
    scale = f32(f32(high - low) / f32(15))
    reciprocal = f32(1) / scale if scale else f32(0)
    zero = int(rha(np.clip(f32(0) - low / scale, f32(0), f32(15)))) if scale else 0
    q = np.clip(rha((x * reciprocal).astype(f32) + f32(zero)), 0, 15)
    return scale, zero, q, dequantize_linear(q, scale, zero)


def main():
    check_against_package()
    writer = Writer("onnx")
    float_scale = dict(scale_ulps=1, tolerance=3e-7,
                       note="scale: float32 subtraction and division, at most 1 ulp from one rounding")
    for name, x in inputs().items():
        writer.add_sets("onnx-int8", name, x, "tensor", tool(-127, 127, True))
        writer.add_sets("ort-dynamic", name, x, "tensor", tool(-127, 127, True))
        writer.add_sets("onnx-uint8", name, x, "tensor", tool(0, 254, True))
        writer.add_sets("onnx-int4-block", name, x, "32", tool(-8, 7, True))
        writer.add_sets("onnx-int8", name, x, "tensor", tool(0, 255, False), part="act", **float_scale)
        writer.add_sets("bits=8,grid=zero-point,codes=0:127", name, x, "tensor", tool(0, 127, False),
                        **{**float_scale, "note": "reduce_range"})
        writer.add_sets("bits=8,codes=-64:64", name, x, "tensor", tool(-64, 64, True), note="reduce_range")
        writer.add_sets("ort-dynamic", name, x, "tensor", dynamic, part="act", **float_scale)
        writer.add_sets("ort-matmulnbits", name, x, "128", mat_mul_n_bits, **float_scale)
    types = (("uint8", "bits=8,grid=zero-point", 0, 255, 128), ("int8", "bits=8,grid=symmetric-full", -128, 127, -3),
             ("uint4", "bits=4,grid=zero-point", 0, 15, 7), ("int4", "bits=4,grid=symmetric-full", -8, 7, 1),
             ("uint2", "bits=2,grid=zero-point", 0, 3, 2), ("int2", "bits=2,grid=symmetric-full", -2, 1, 0),
             ("uint16", "bits=16,grid=zero-point", 0, 65535, 32767),
             ("int16", "bits=16,grid=symmetric-full", -32768, 32767, 256))
    for kind, scheme, low, high, zero in types:
        for name, scale in (("golden", 0.0625), ("golden", 0.0173), ("gauss", 0.0031), ("ties above 100", 1),
                            ("ties of 14", 0.5)):
            x = inputs()[name]
            q = quantize_linear(x, scale, zero, low, high)
            writer.add(scheme, name, scale, [zero], q, dequantize_linear(q, scale, zero), given=True,
                       note="QuantizeLinear to " + kind)
    writer.write()


main()
