"""Writes the compressed files that the tests of TandemData read, and prints the orders of images
that the sampler must give, from an implementation of the same definition in Python.

    python3 Tests/Fixtures/TandemData/make_fixtures.py
"""

import gzip
import struct
from pathlib import Path

folder = Path(__file__).parent


def idx(*extents, elements):
    return struct.pack(f">I{len(extents)}I", 0x0800 + len(extents), *extents) + bytes(elements)


def pixels(images):
    """Pixel (row, column) of image i of 5 x 4 pixels."""
    return [
        (31 * i + 7 * r + 3 * c) % 256 for i in range(images) for r in range(5) for c in range(4)
    ]


for part, images in [("train", 30), ("t10k", 6)]:
    for kind, content in [
        ("images-idx3", idx(images, 5, 4, elements=pixels(images))),
        ("labels-idx1", idx(images, elements=[3 * i % 10 for i in range(images)])),
    ]:
        path = folder / "mnist" / f"{part}-{kind}-ubyte.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0))


class Philox:
    """Philox4x32-10 as TandemTensor's CounterRandom uses it."""

    def __init__(self, seed, purpose, stream):
        z = (seed + 0x9E3779B97F4A7C15 * (purpose + 1)) % 2**64
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        self.key, self.stream, self.block, self.words = z ^ (z >> 31), stream, 0, []

    def word(self):
        if not self.words:
            x = [self.block % 2**32, self.block >> 32, 0, self.stream]
            k0, k1 = self.key % 2**32, self.key >> 32
            for _ in range(10):
                p, q = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
                x = [q >> 32 ^ x[1] ^ k0, q % 2**32, p >> 32 ^ x[3] ^ k1, p % 2**32]
                k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
            self.words, self.block = x, self.block + 1
        return self.words.pop(0)

    def below(self, bound):
        while True:
            product = self.word() * bound
            if product % 2**32 >= 2**32 % bound:
                return product >> 32


def order(count, seed, epoch):
    shuffling, result = 1, list(range(count))
    random = Philox(seed, shuffling, epoch)
    for last in range(count - 1, 0, -1):
        other = random.below(last + 1)
        result[last], result[other] = result[other], result[last]
    return result


for arguments in [(10, 0, 0), (10, 0, 1), (10, 42, 0)]:
    print(arguments, order(*arguments))
print("60000 images, seed 7, epoch 3, first five:", order(60000, 7, 3)[:5])
