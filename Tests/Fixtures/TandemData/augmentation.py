"""Right values of augmentation, from Keras' and torchvision's own code, as augmentation.json.

Needs keras (any backend, here KERAS_BACKEND=torch), scipy, torch, torchvision and Pillow:

    KERAS_BACKEND=torch python3 augmentation.py
"""

import json
import os

import numpy as np
import torch
from PIL import Image

try:
    import torchvision  # noqa: F401
except RuntimeError:
    # Wheels of torch and torchvision of different origin lack two operators that nothing here uses.
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import scipy.ndimage
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

if not hasattr(scipy.ndimage, "interpolation"):
    scipy.ndimage.interpolation = scipy.ndimage
from keras.src.legacy.preprocessing import image as keras_image

rng = np.random.default_rng(7)


def picture(height, width, channels):
    """Smooth and noisy at once, with all levels from dark to light."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        127 + 90 * np.sin(x / (2 + c) + y / (3 - c / 2)) + rng.normal(0, 20, (height, width))
        for c in range(channels)
    ]
    return np.clip(np.stack(planes), 0, 255).round().astype(np.uint8)


def numbers(array):
    return [round(float(v), 4) for v in np.asarray(array, np.float64).ravel()]


# Keras exchanges the axes of its matrix where columns come after rows, so that its tx is along x.
square = picture(11, 11, 1)
GEOMETRY = [
    {"theta": 20},
    {"theta": 90},
    {"theta": -135},
    {"tx": 3, "ty": -2},
    {"tx": 2.5, "ty": 0.25},
    {"shear": 30},
    {"shear": -12},
    {"zx": 0.6, "zy": 1.7},
    {"zx": 2.2, "zy": 2.2},
    {"theta": 33, "tx": 1.5, "ty": -4.25, "shear": -25, "zx": 1.3, "zy": 0.8},
    {"theta": -160, "tx": -9, "ty": 14, "shear": 40, "zx": 2.2, "zy": 1.9},
]
geometry = []
for parameters in GEOMETRY:
    for fill in ["nearest", "constant", "reflect", "wrap"]:
        x = keras_image.apply_affine_transform(
            square.astype(np.float64),
            **parameters,
            row_axis=1,
            col_axis=2,
            channel_axis=0,
            fill_mode=fill,
            cval=51.0,
        )
        geometry.append({"parameters": parameters, "fill": fill, "result": numbers(x)})

# Tones: torchvision's on Pillow images, and Keras'.
colours = picture(9, 13, 3)
grey = picture(9, 13, 1)


def of_pillow(change, planes):
    mode = Image.fromarray(planes.transpose(1, 2, 0) if len(planes) == 3 else planes[0])
    result = np.asarray(change(mode))
    return result.transpose(2, 0, 1) if result.ndim == 3 else result[None]


TONES = {
    "brightness": ([0.3, 1, 1.6], lambda v: lambda im: F.adjust_brightness(im, v)),
    "contrast": ([0.2, 1, 1.9], lambda v: lambda im: F.adjust_contrast(im, v)),
    "saturation": ([0, 0.5, 2], lambda v: lambda im: F.adjust_saturation(im, v)),
    "sharpness": ([0, 0.4, 1.99], lambda v: lambda im: F.adjust_sharpness(im, v)),
    "posterize": ([1, 2, 5, 8], lambda v: lambda im: F.posterize(im, v)),
    "solarize": ([0.25, 0.7], lambda v: lambda im: F.solarize(im, 255 * v)),
    "autoContrast": ([0], lambda v: F.autocontrast),
    "equalize": ([0], lambda v: F.equalize),
}
tones = []
for name, (values, change) in TONES.items():
    for value in values:
        for planes in [colours, grey]:
            result = of_pillow(change(value), planes)
            tones.append(
                {"name": name, "value": value, "image": len(planes), "result": numbers(result)}
            )
# Pillow's hue has 256 steps and integer arithmetic; torchvision's own in floating-point numbers is
# exact.
for value in [-0.5, -0.2, 0.1, 0.37]:
    result = F.adjust_hue(torch.from_numpy(colours / 255).float(), value) * 255
    tones.append({"name": "hue", "value": value, "image": 3, "result": numbers(result)})
for value in [-60.0, 25.0]:
    result = keras_image.apply_channel_shift(colours.astype(np.float64), value, channel_axis=0)
    tones.append({"name": "channelShift", "value": value, "image": 3, "result": numbers(result)})
for value in [0.4, 1.5]:
    result = keras_image.apply_brightness_shift(
        colours.transpose(1, 2, 0).astype(np.float32), value, scale=False
    )
    result = np.asarray(result).transpose(2, 0, 1)
    tones.append({"name": "brightness", "value": value, "image": 3, "result": numbers(result)})

# Parts stretched: torchvision's resized_crop of images that become larger, where nothing is
# averaged.
resized = []
for top, left, height, width in [(0, 0, 9, 13), (2, 3, 5, 7), (4, 0, 1, 13), (0, 5, 9, 2)]:
    result = F.resized_crop(
        torch.from_numpy(colours).double(), top, left, height, width, [9, 13], antialias=False
    )
    resized.append({"part": [left, top, width, height], "result": numbers(result)})

# TrivialAugment's geometry, which torchvision does in these words, bilinearly.
trivial = []
for name, value in [
    ("ShearX", 0.66),
    ("ShearY", -0.33),
    ("TranslateX", 3.2),
    ("TranslateY", -2.9),
    ("Rotate", 27.0),
    ("Rotate", -135.0),
]:
    pillow = Image.fromarray(colours.transpose(1, 2, 0))
    result = v2.TrivialAugmentWide()._apply_image_or_video_transform(
        pillow, name, value, interpolation=v2.InterpolationMode.BILINEAR, fill={}
    )
    result = np.asarray(result).transpose(2, 0, 1)
    trivial.append({"name": name, "value": value, "result": numbers(result)})

with open(os.path.join(os.path.dirname(__file__), "augmentation.json"), "w") as file:
    json.dump(
        {
            "square": square.ravel().tolist(),
            "colours": colours.ravel().tolist(),
            "grey": grey.ravel().tolist(),
            "geometry": geometry,
            "tones": tones,
            "resized": resized,
            "trivial": trivial,
        },
        file,
        separators=(",", ":"),
    )
    file.write("\n")
