#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""torch.npz and torch.json: what PyTorch's observers, quantized tensors and float casts give. See README.md."""
import warnings

import numpy as np
import torch
from torch.ao.quantization import observer

from fixtures import Writer, f32, inputs, write_inputs

warnings.filterwarnings("ignore")
AFFINE, SYMMETRIC = torch.per_tensor_affine, torch.per_tensor_symmetric
ULP = "scale: float32 subtraction and division, at most 1 ulp from one rounding"


def observed(obs, *batches):
    for batch in batches:
        obs(batch)
    scale, zero = obs.calculate_qparams()
    return scale, zero


def per_tensor(writer, scheme, name, x, obs, batches=None, **more):
    scale, zero = observed(obs, *(batches or [x]))
    q = torch.quantize_per_tensor(x, float(scale), int(zero), obs.dtype)
    codes, values = q.int_repr().numpy().astype(int), q.dequantize().numpy()
    low, high = obs.quant_min, obs.quant_max
    if (low, high) != (torch.iinfo(obs.dtype).min, torch.iinfo(obs.dtype).max):
        # quantize_per_tensor knows the whole type only; fake quantization clamps to the observer's codes.
        codes = codes.clip(low, high)
        values = ((codes - int(zero)) * f32(scale)).astype(f32)
    fake = torch.fake_quantize_per_tensor_affine(x, float(scale), int(zero), low, high).numpy()
    assert np.array_equal(fake, values), (scheme, name)
    writer.add(scheme, name, float(scale), [int(zero)], codes, values, **more)


def per_channel(writer, scheme, name, x, obs, **more):
    scale, zero = observed(obs, x)
    q = torch.quantize_per_channel(x, scale.double(), zero, 0, obs.dtype)
    fake = torch.fake_quantize_per_channel_affine(x, scale, zero.int(), 0, obs.quant_min, obs.quant_max)
    assert torch.equal(fake, q.dequantize()), (scheme, name)
    writer.add(scheme, name, scale.numpy(), zero.numpy(), q.int_repr().numpy(), q.dequantize().numpy(), **more)


def casts(writer):
    """Bits of the half types; torch lets them overflow to infinity."""
    values = np.array([1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 65504, 65519.996, 65520, 1e6, -1e6,
                       2.0**-24, 2.0**-25, 1.5 * 2.0**-24, 2.0**-26, -(2.0**-25), 3.3e38, 3.4e38, -0.0, 0.1, 1e-40,
                       0.3333333, -2.7182817], f32)
    values = np.concatenate([values, inputs()["gauss"].ravel()[:64]])
    x = torch.from_numpy(values)
    writer.arrays["cast_input"] = values
    writer.arrays["cast_fp16"] = x.half().view(torch.int16).numpy()
    writer.arrays["cast_bf16"] = x.bfloat16().view(torch.int16).numpy()


def main():
    write_inputs()
    writer = Writer("torch")
    for name, array in inputs().items():
        x = torch.from_numpy(array.copy())
        affine = dict(scale_ulps=1, tolerance=3e-7, note=ULP)
        qint8 = observer.MinMaxObserver(dtype=torch.qint8, qscheme=SYMMETRIC)
        per_tensor(writer, "torch-qint8", name, x, qint8)
        per_tensor(writer, "torch-dynamic", name, x, observer.MinMaxObserver(dtype=torch.qint8, qscheme=SYMMETRIC))
        per_tensor(writer, "torch-quint8", name, x, observer.MinMaxObserver(), **affine)
        per_tensor(writer, "bits=8,grid=zero-point,codes=0:127,scaling=reciprocal", name, x,
                   observer.MinMaxObserver(reduce_range=True), **affine)
        per_tensor(writer, "torch-per-channel", name, x, observer.MinMaxObserver(reduce_range=True), part="act",
                   **affine)
        per_tensor(writer, "bits=8,grid=symmetric-full,codes=unsigned,scaling=reciprocal", name, x,
                   observer.MinMaxObserver(qscheme=SYMMETRIC))
        narrow = observer.MinMaxObserver(dtype=torch.qint8, qscheme=SYMMETRIC, quant_min=-127, quant_max=127,
                                         eps=2.0**-12)
        per_tensor(writer, "torch-qint8-127", name, x, narrow)
        per_channel(writer, "torch-per-channel", name, x,
                    observer.PerChannelMinMaxObserver(dtype=torch.qint8, qscheme=torch.per_channel_symmetric))
    golden = torch.from_numpy(inputs()["golden"].copy())
    average = observer.MovingAverageMinMaxObserver()
    observed(average, golden, 2 * golden)
    low, high = float(average.min_val), float(average.max_val)
    again = observer.MovingAverageMinMaxObserver()
    per_tensor(writer, "bits=8,grid=zero-point,scaling=reciprocal,range=manual:%.9g:%.9g" % (low, high), "golden",
               golden, again, batches=[golden, 2 * golden], scale_ulps=1, tolerance=3e-7,
               note="MovingAverageMinMaxObserver after x and 2x")
    casts(writer)
    writer.write()
    print("torch", torch.__version__, "numpy", np.__version__)


main()
