# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the images of this folder and expected.npz, what Pillow 9.4.0 (Debian 12: python3-pil, python3-numpy) makes of them.

/usr/bin/python3 make.py
"""
import struct
import zlib

import numpy as np
from PIL import Image

# Hard edges, ramps and noise from a linear congruential generator.
W, H = 23, 17
state = 1
rgb = np.zeros((H, W, 3), np.uint8)
for y in range(H):
    for x in range(W):
        state = (state * 1103515245 + 12345) % 2**31
        rgb[y, x] = (x * 11, 255 if (x // 4 + y // 4) % 2 else 0, state >> 23)

expected = {"rgb": rgb}
colour = Image.fromarray(rgb)
colour.save("rgb.png")
for width, height in [(23, 17), (46, 34), (7, 5), (10, 17), (23, 40), (1, 1), (64, 3)]:
    expected[f"resized_{width}x{height}"] = np.asarray(colour.resize((width, height), Image.BILINEAR))

grey = colour.convert("L")
grey.save("gray.png")
expected["gray"] = np.asarray(grey)

alpha = (np.arange(W * H).reshape(H, W) * 255 // (W * H - 1)).astype(np.uint8)
Image.fromarray(np.dstack([rgb, alpha])).save("rgba.png")
a = alpha.astype(np.int64)[..., None]
expected["rgba"] = ((rgb * a + 255 * (255 - a) + 127) // 255).astype(np.uint8)

palette = colour.quantize(16)
expected["palette"] = np.asarray(palette.convert("RGB"))
palette.save("palette.png")

colour.save("color.jpg", quality=90)
expected["color_jpg"] = np.asarray(Image.open("color.jpg"))
grey.save("gray.jpg", progressive=True)
expected["gray_jpg"] = np.asarray(Image.open("gray.jpg"))
colour.convert("CMYK").save("cmyk.jpg")


def png(name, width, height, depth, kind, interlaced, rows):
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)))
        file.write(chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))))
        file.write(chunk(b"IEND", b""))


# What Pillow does not write: 16 bits of grey (to the nearest of 8), and Adam7.
deep = (np.arange(W * H).reshape(H, W) * 165).astype(">u2")
png("gray16.png", W, H, 16, 0, 0, [row.tobytes() for row in deep])
expected["gray16"] = ((deep.astype(np.int64) * 255 + 32767) // 65535).astype(np.uint8)
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
png("interlaced.png", W, H, 8, 2, 1, [row.tobytes() for x, y, dx, dy in passes for row in rgb[y::dy, x::dx]])
assert (np.asarray(Image.open("interlaced.png")) == rgb).all()
# Claims sides that no memory would hold.
png("huge.png", 2000000000, 2000000000, 8, 2, 0, [b"\0"])

np.savez_compressed("expected.npz", **expected)
