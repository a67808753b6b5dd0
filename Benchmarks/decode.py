"""JPEGs as networks are trained on them: read, resized to 256 pixels on the shorter side, cropped
to 224 x 224 in the middle, mirrored. Tandem, torchvision with Pillow, and torchvision with its own
decoder, in turns, on one core; milliseconds are the processor's."""

import argparse
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import PIL
import torch
from PIL import Image

import measuring

try:
    import torchvision
except RuntimeError:
    # Its build for CUDA, which is what PyPI has, beside PyTorch's for CPUs: what it registers with
    # PyTorch cannot be loaded, and must be declared.
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor")
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    import torchvision
from torchvision.io import ImageReadMode, decode_jpeg
from torchvision.transforms import v2

SUFFIXES = (".jpg", ".jpeg")


def parse():
    parser = argparse.ArgumentParser(prog="decode", description=__doc__)
    parser.add_argument("data", help="a folder with JPEGs, in folders of any depth")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--save", action="store_true", help="write a file to Benchmarks/results")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        measuring.fail("--rounds must be at least 1")
    paths = [
        path
        for path in sorted(pathlib.Path(arguments.data).rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not paths:
        measuring.fail(f"{arguments.data} has no files named .jpg or .jpeg")
    return arguments, paths


def tandem(program, paths, output=None):
    """Milliseconds of reading, and of the rest, for each picture."""
    options = ["--output", output] if output else []
    command = [str(part) for part in (program, *options, *paths)]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        measuring.fail(f"{program.name} failed:\n{ran.stderr.strip()}")
    figures = json.loads(ran.stdout)
    return figures["decodeMilliseconds"], figures["resizeMilliseconds"]


RECIPE = v2.Compose(
    [v2.Resize(256, antialias=True), v2.CenterCrop(224), v2.RandomHorizontalFlip(p=1)]
)


def read_with_pillow(content):
    return Image.open(io.BytesIO(content)).convert("RGB")


def read_with_torchvision(content):
    return decode_jpeg(content, ImageReadMode.RGB)


def timed(read, contents):
    """The same figures of a program in Python."""
    reading = preparing = 0
    for content in contents:
        start = time.thread_time()
        picture = read(content)
        middle = time.thread_time()
        RECIPE(picture)
        preparing += time.thread_time() - middle
        reading += middle - start
    return 1000 * reading / len(contents), 1000 * preparing / len(contents)


def difference(program, paths, contents):
    """How far the samples of Tandem and of Pillow are apart at most, and how many differ."""
    most, unequal, count = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        tandem(program, paths, folder)
        for number, content in enumerate(contents):
            ours = np.fromfile(f"{folder}/{number}", np.uint8).reshape(224, 224, 3)
            theirs = np.asarray(RECIPE(read_with_pillow(content)))
            apart = np.abs(ours.astype(int) - theirs)
            most = max(most, int(apart.max()))
            unequal += int(np.count_nonzero(apart))
            count += apart.size
    return most, unequal, count


def main():
    arguments, paths = parse()
    program = measuring.build_tandem("picture-bench")
    measuring.warn_if_busy()
    torch.set_num_threads(1)
    contents = [path.read_bytes() for path in paths]
    tensors = [torch.frombuffer(bytearray(content), dtype=torch.uint8) for content in contents]
    candidates = {
        "Tandem": lambda: tandem(program, paths),
        "torchvision with Pillow": lambda: timed(read_with_pillow, contents),
        "torchvision's own decoder": lambda: timed(read_with_torchvision, tensors),
    }
    try:
        read_with_torchvision(tensors[0])
    except RuntimeError as failure:
        del candidates["torchvision's own decoder"]
        print(f"benchmark: left out: torchvision's own decoder: {failure}", file=sys.stderr)
    figures = {name: [] for name in candidates}
    with torch.inference_mode():
        for turn in range(arguments.rounds):
            print(f"round {turn + 1} of {arguments.rounds}", file=sys.stderr)
            for name, run in candidates.items():
                figures[name].append(run())
        most, unequal, count = difference(program, paths, contents)
    # The fastest round of each: what other programs on the machine do only adds.
    best = {name: min(rounds, key=sum) for name, rounds in figures.items()}
    rows = [
        [
            name,
            f"{reading:.2f}",
            f"{rest:.2f}",
            f"{reading + rest:.2f}",
            f"{1000 / (reading + rest):,.0f}",
            f"{(reading + rest) / sum(best['Tandem']):.2f}",
        ]
        for name, (reading, rest) in best.items()
    ]
    header = ["program", "read", "resize, crop, mirror", "both", "pictures/s", "time to Tandem's"]
    lines = [
        f"{len(paths)} JPEGs of {pathlib.Path(arguments.data).resolve().name}: milliseconds of one "
        f"core for each, the fastest of {arguments.rounds} rounds in turns.",
        "",
        *measuring.table(header, rows),
        "",
        f"Tandem's samples and those of torchvision with Pillow are at most {most} apart; "
        f"{unequal:,} of {count:,} differ.",
        "",
        *measuring.machine(),
        f"- Pillow {PIL.__version__}, torchvision {torchvision.__version__}, "
        f"PyTorch {torch.__version__}",
    ]
    measuring.report("decode", "Reading pictures", lines, arguments.save)


if __name__ == "__main__":
    main()
