"""Writes ten_crop.json: the views of torchvision 0.28's TenCrop, of pictures whose pixels are
numbered.

Run with `python3 Tests/Fixtures/TandemData/ten_crop.py` where torch and torchvision are installed.
"""

import json
import pathlib

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    # Wheels of torch and torchvision of different origin lack two operators that nothing here uses.
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from torchvision.transforms.v2 import functional as F

# Height and width of the picture, and of its views: leftovers of every kind of rounding.
CASES = [(7, 11, 4, 5), (9, 9, 4, 4), (12, 10, 5, 5), (6, 8, 6, 8), (10, 13, 9, 2)]


def main():
    cases = []
    for height, width, rows, columns in CASES:
        picture = torch.arange(height * width, dtype=torch.uint8).reshape(1, height, width)
        views = F.ten_crop(picture, [rows, columns])
        cases.append(
            {
                "picture": [height, width],
                "view": [rows, columns],
                "pixels": [view.flatten().tolist() for view in views],
            }
        )
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
