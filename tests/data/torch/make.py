#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""observers.npz, fakequant.npz and qat_*: numbers that PyTorch makes of values drawn here. See README.md."""
import copy
import warnings

import numpy as np
import torch
from torch import nn
from torch.ao import quantization as tq
from torch.ao.quantization import observer
import torch.nn.intrinsic.qat as nniqat

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
f32 = np.float32


def observers():
    """Batches [batch, channel, element]; of each case scale and zero point after every batch, one a channel where it has them."""
    draw = np.random.default_rng(11)
    scales = np.array([1, 0.03, 12, 0.4], f32).reshape(1, 4, 1)
    growth = np.array([0.5, 1, 0.2, 3, 1.7, 0.9, 2.2, 0.1], f32).reshape(8, 1, 1)
    batches = (draw.standard_normal((8, 4, 32)).astype(f32) * scales * growth).astype(f32)
    batches[:, 3] = np.abs(batches[:, 3])  # as behind a ReLU
    batches[:, 1] -= f32(0.5)  # negative alone
    arrays = {"batches": batches}
    types = {"qint8": torch.qint8, "quint8": torch.quint8}
    for kind in ("minmax", "moving", "channel"):
        for dtype in types:
            for form in ("symmetric", "affine"):
                more = dict(dtype=types[dtype])
                if kind == "channel":
                    obs = observer.PerChannelMinMaxObserver(
                        qscheme=getattr(torch, "per_channel_" + form), **more)
                else:
                    cls = observer.MinMaxObserver if kind == "minmax" else observer.MovingAverageMinMaxObserver
                    obs = cls(qscheme=getattr(torch, "per_tensor_" + form), **more)
                found = []
                for batch in batches:
                    obs(torch.from_numpy(batch))
                    found.append([part.numpy().copy() for part in obs.calculate_qparams()])
                name = "%s_%s_%s" % (kind, dtype, form)
                arrays[name + "_scale"] = np.stack([pair[0].reshape(-1) for pair in found]).astype(f32)
                arrays[name + "_zero"] = np.stack([pair[1].reshape(-1) for pair in found]).astype(np.int32)
    np.savez_compressed("observers.npz", **arrays)


def awkward(scale):
    """Ties of that scale and their neighbours, both ends, tiny and huge values."""
    ties = (np.arange(-300, 300, dtype=np.float64) + 0.5) * scale
    values = [ties.astype(f32), np.nextafter(ties.astype(f32), f32(np.inf)), np.nextafter(ties.astype(f32), f32(-np.inf)),
              (np.arange(-20, 20) * scale).astype(f32),
              np.array([0.0, -0.0, 1e-45, -1e-45, 1e-38, -1e-38, 1e4, -1e4, 1e9, -1e9, 1e15, -1e15, 1e18, -1e18], f32) * f32(scale),
              np.random.default_rng(5).standard_normal(200).astype(f32) * f32(60 * scale)]
    return np.concatenate(values)


def fake_quantize():
    """Each case: parameters [scale, zero point, lowest, highest code], values in and out."""
    arrays = {}
    cases = [(0.1, 0, -128, 127), (0.0257352944, 78, 0, 255), (1.0, 1, 0, 127), (1 / 3, -128, -128, 127),
             (0.0073, 255, 0, 255), (1e-6, 128, 0, 255), (117.3, 0, -127, 127), (0.05, 8, 0, 15), (2.0**-20, 3, 0, 255)]
    for i, (scale, zero, low, high) in enumerate(cases):
        x = awkward(scale)
        y = torch.fake_quantize_per_tensor_affine(torch.from_numpy(x), scale, zero, low, high).numpy()
        arrays["tensor%d" % i] = np.array([f32(scale), zero, low, high], np.float64)
        arrays["tensor%d_in" % i], arrays["tensor%d_out" % i] = x, y
    scales = np.array([0.01, 0.37, 5.1, 1 / 127], f32)
    for name, zeros, low, high in (("symmetric", [0, 0, 0, 0], -128, 127), ("affine", [3, 200, 255, 0], 0, 255)):
        x = np.stack([awkward(float(scale)) for scale in scales])
        y = torch.fake_quantize_per_channel_affine(torch.from_numpy(x), torch.from_numpy(scales),
                                                   torch.tensor(zeros, dtype=torch.int32), 0, low, high).numpy()
        arrays["channel_%s" % name] = np.array([low, high], np.float64)
        arrays["channel_%s_scale" % name] = scales
        arrays["channel_%s_zero" % name] = np.array(zeros, np.int32)
        arrays["channel_%s_in" % name], arrays["channel_%s_out" % name] = x, y
    np.savez_compressed("fakequant.npz", **arrays)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant = tq.QuantStub()
        self.first = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(8, 12, 3, stride=2), nn.ReLU())
        self.last = nn.Linear(12 * 25, 6)

    def forward(self, x):
        return self.last(self.second(self.first(self.quant(x))).flatten(1))


def trained():
    torch.manual_seed(3)
    net = Small()
    tq.fuse_modules_qat(net, [["first.0", "first.1", "first.2"], ["second.0", "second.1"]], inplace=True)
    act = tq.FakeQuantize.with_args(observer=observer.MovingAverageMinMaxObserver, quant_min=0, quant_max=255,
                                    dtype=torch.quint8, qscheme=torch.per_tensor_affine)
    net.qconfig = tq.QConfig(activation=act, weight=tq.default_per_channel_weight_fake_quant)
    tq.prepare_qat(net, inplace=True)
    net.train()
    teacher = torch.randn(2 * 144, 6)
    step = torch.optim.SGD(net.parameters(), lr=0.02)
    for _ in range(120):
        x = torch.randn(32, 2, 12, 12) * torch.tensor([1.0, 2.5]).reshape(1, 2, 1, 1) + 0.3
        loss = nn.functional.cross_entropy(net(x), (x.flatten(1) @ teacher).argmax(1))
        step.zero_grad()
        loss.backward()
        step.step()
    net.eval()
    net.apply(tq.disable_observer)
    net.apply(nniqat.freeze_bn_stats)
    return net


def folded(net):
    """The same network with batch norm in the weights of the first convolution; fake quantization as it is."""
    out = copy.deepcopy(net)
    old = net.first[0]
    factor = old.bn.weight / torch.sqrt(old.bn.running_var + old.bn.eps)
    new = nniqat.ConvReLU2d(2, 8, 3, padding=1, qconfig=net.qconfig)
    new.weight = nn.Parameter(old.weight * factor.reshape(-1, 1, 1, 1))
    new.bias = nn.Parameter(old.bn.bias - old.bn.running_mean * factor)
    new.weight_fake_quant = old.weight_fake_quant
    new.activation_post_process = old.activation_post_process
    for hook in old._forward_hooks.values():  # calls activation_post_process
        new.register_forward_hook(hook)
    out.first[0] = new
    return out.eval()


def plain(net):
    """Floats alone: what a person has before quantizing."""
    float_net = Small()
    float_net.first[0] = nn.Conv2d(2, 8, 3, padding=1)
    float_net.first[1] = nn.Identity()
    for module, source in ((float_net.first[0], net.first[0]), (float_net.second[0], net.second[0]),
                           (float_net.last, net.last)):
        module.weight, module.bias = nn.Parameter(source.weight.detach()), nn.Parameter(source.bias.detach())
    return float_net.eval()


def export(net, x, path):
    torch.onnx.export(net, x, path, opset_version=13, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "N"}, "y": {0: "N"}})


def qat():
    net = trained()
    one = folded(net)
    torch.manual_seed(4)
    x = torch.randn(24, 2, 12, 12) * torch.tensor([1.0, 2.5]).reshape(1, 2, 1, 1) + 0.3
    with torch.no_grad():
        y = net(x)
        gap = (one(x) - y).abs().max() / net.last.activation_post_process.scale
        floats = plain(one)(x)
    print("folding moves outputs by", float(gap), "steps; quantization by", float((floats - y).abs().max()))
    export(one, x[:1], "qat_qdq.onnx")
    export(plain(one), x[:1], "qat_float.onnx")
    arrays = {"x": x.numpy(), "y": y.numpy()}
    inputs = (net.quant, net.first[0], net.second[0])
    for name, module, source in zip(("first", "second", "last"), (one.first[0], one.second[0], one.last), inputs):
        stored = source.activation_post_process
        arrays[name + "_input"] = np.array([stored.scale.item(), stored.zero_point.item()], np.float64)
        arrays[name + "_weight"] = module.weight_fake_quant.scale.numpy()
        assert not module.weight_fake_quant.zero_point.any()
    out = net.last.activation_post_process
    arrays["output"] = np.array([out.scale.item(), out.zero_point.item()], np.float64)
    np.savez_compressed("qat.npz", **arrays)


observers()
fake_quantize()
qat()
print("torch", torch.__version__, "numpy", np.__version__)
