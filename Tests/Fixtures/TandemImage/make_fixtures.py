"""Writes the small pictures that the tests of TandemImage read, and beside each the pixels that
Pillow 13 reads from it (NAME.png), and a picture in other sizes as Pillow 13 resizes it.

    python3 Tests/Fixtures/TandemImage/make_fixtures.py

Needs Pillow 13, NumPy and cjpeg (libjpeg-turbo-progs), which writes the kinds of JPEG that Pillow
cannot write.
"""

import io
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

folder = Path(__file__).parent
files = folder / "files"
resized = folder / "resized"
files.mkdir(exist_ok=True)
resized.mkdir(exist_ok=True)


def slope():
    """53 x 37 pixels, odd sides and many colours."""
    a = np.add.outer(np.arange(37), np.arange(53)) * 2 % 256
    return Image.fromarray(np.stack([a, a[::-1], a[:, ::-1]], 2).astype(np.uint8))


def quadrants():
    """48 x 32 pixels: red and green above, blue and yellow below."""
    a = np.zeros((32, 48, 3), np.uint8)
    a[:16, :24], a[:16, 24:] = (220, 30, 30), (30, 200, 30)
    a[16:, :24], a[16:, 24:] = (30, 30, 210), (230, 230, 40)
    return Image.fromarray(a)


def write(name, content):
    (files / name).write_bytes(content)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    mode = "L" if upright.mode in ("1", "L", "LA") else "RGB"
    upright.convert(mode).save(files / f"{name}.png", optimize=True)


def saved(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def cjpeg(picture, *options):
    command = ["cjpeg", "-quality", "85", *options]
    ppm = saved(picture, "PPM")
    return subprocess.run(command, input=ppm, stdout=subprocess.PIPE, check=True).stdout


def oriented(value):
    exif = Image.Exif()
    exif[274] = value
    return exif


for name, options in {
    "444": ["-sample", "1x1"],
    "422": ["-sample", "2x1"],
    "440": ["-sample", "1x2"],
    "420": ["-sample", "2x2"],
    "411": ["-sample", "4x1"],
    "410": ["-sample", "4x2"],
    "progressive": ["-progressive"],
    "arithmetic": ["-arithmetic"],
    "restart": ["-restart", "1"],
    "rgb": ["-rgb"],
    "grey": ["-grayscale"],
    "low": ["-quality", "5"],
}.items():
    write(f"{name}.jpg", cjpeg(slope(), *options))
write("one.jpg", cjpeg(slope().crop((0, 0, 1, 1))))
for value in range(1, 9):
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = quadrants() if value == 1 else quadrants().transpose(inverse[value])
    write(f"orientation{value}.jpg", saved(stored, "JPEG", quality=90, exif=oriented(value)))

# Pillow writes inverted inks and a marker of Adobe's that says that they are inks (0). With 2 in
# that place the same numbers are brightness, two differences of colours and black.
cmyk = saved(slope().convert("CMYK"), "JPEG", quality=85)
marker = cmyk.index(b"Adobe")
assert cmyk[marker + 11] == 0
write("cmyk.jpg", cmyk)
write("ycck.jpg", cmyk[: marker + 11] + b"\2" + cmyk[marker + 12 :])
write("inks-without-marker.jpg", cmyk[: marker - 4] + cmyk[marker + 12 :])

for name, inks in {
    "red": (0, 255, 255, 0),
    "half-black": (0, 0, 0, 128),
    "cyan": (255, 0, 0, 0),
}.items():
    write(f"inks-{name}.jpg", saved(Image.new("CMYK", (16, 16), inks), "JPEG", quality=95))

write("lossy.webp", saved(slope(), "WEBP", quality=80))
write("lossless.webp", saved(slope(), "WEBP", lossless=True))
hidden = slope().convert("RGBA")
hidden.putalpha(Image.fromarray((np.indices((37, 53)).sum(0) * 3 % 256).astype(np.uint8)))
write("alpha.webp", saved(hidden, "WEBP", lossless=True, exact=True))
turned = saved(quadrants().transpose(2), "WEBP", lossless=True, exif=oriented(6))
write("orientation6.webp", turned)
write("orientation6.png", saved(quadrants().transpose(2), "PNG", exif=oriented(6)))
animated = saved(quadrants(), "WEBP", save_all=True, append_images=[slope().resize((48, 32))])
(files / "animated.webp").write_bytes(animated)

source = slope()
source.save(folder / "slope.png", optimize=True)
for name in ("nearest", "box", "bilinear", "bicubic"):
    filter = getattr(Image.Resampling, name.upper())
    for width, height in ((26, 18), (7, 5), (80, 19), (60, 36), (106, 74), (11, 90), (1, 1)):
        picture = source.resize((width, height), filter)
        picture.save(resized / f"{name}-{width}x{height}.png", optimize=True)
