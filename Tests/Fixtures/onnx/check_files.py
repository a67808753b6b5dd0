"""Checks files that `tandem export` writes, and computes them by ONNX Runtime: the second of two
steps, after Tandem's tests have written weights and images.

    check_files.py TANDEM FOLDER [--only NAME]

TANDEM is the command line tool. For each line `NAME MODEL WIDTH INPUT` of FOLDER/cases there are
FOLDER/NAME.safetensors and FOLDER/NAME.npy, images [N, C, H, W] as the network sees them. The tool
writes its file with the number of images open; onnx.checker reads it, with the inference of all
shapes; ONNX Runtime's logits must be those of `tandem predict` within 1e-5 of the largest.

Then, of files that a training has written: scaling inside the graph, of bytes, by every kind of
normalisation; weights in a file of their own; one image at a time; and that a difference is
noticed. It needs onnx, onnxruntime and numpy.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5


def run(tool, *arguments):
    result = subprocess.run([tool, *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"tandem {' '.join(arguments)}: {result.stderr}")
    return result.stdout


def checked(path):
    """The model, once ONNX' own checker has found nothing."""
    onnx.checker.check_model(str(path), full_check=True)
    return onnx.load(str(path))


def logits(path, images):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # As the file has it: merged operators would be other ones.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"input": images})[0]


def difference(found, expected):
    """The largest one, relative to the largest logit; infinite where the shapes differ."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


class Checks:
    def __init__(self, tool, folder):
        self.tool = tool
        self.folder = folder
        self.worst = 0.0
        self.failures = 0

    def report(self, name, error, note=""):
        self.worst = max(self.worst, error)
        verdict = "" if error <= TOLERANCE else "  TOO LARGE"
        print(f"onnx of {name}: largest difference {error:.1e}{note}{verdict}", flush=True)
        self.failures += error > TOLERANCE

    def path(self, name):
        return str(self.folder / name)

    def predicted(self, *arguments):
        run(self.tool, "predict", *arguments, "--output", self.path("logits.npy"))
        return np.load(self.path("logits.npy"))

    def case(self, name, model, width, size):
        weights = ["--weights", self.path(f"{name}.safetensors"), "--model", model]
        weights += ["--input-size", size]
        if float(width) != 1:
            weights += ["--width", width]
        images = self.path(f"{name}.npy")
        path = self.folder / f"{name}.onnx"
        run(self.tool, "export", *weights, str(path), "--dynamic-batch")
        graph = checked(path).graph
        # Auxiliary heads would be operators that lead nowhere.
        used = {value for node in graph.node for value in node.input} | {"logits"}
        assert all(node.output[0] in used for node in graph.node), name
        expected = self.predicted(*weights, "--input", images)
        self.report(name, difference(logits(path, np.load(images)), expected))
        for file in self.folder.glob(f"{name}.*"):
            file.unlink()

    def trained(self):
        """Runs of the tool's own, with all that their files say."""
        pixels = np.random.default_rng(0).integers(0, 256, (3, 1, 24, 24), dtype=np.uint8)
        np.save(self.path("pixels.npy"), pixels)
        for how in ["statistics", "unit", "center", "sample", "sample-center", "zca"]:
            run(
                self.tool,
                *f"train --model lenet --data shapes:200,50 --epochs 1 --normalize {how}".split(),
                *["--output", self.path("run"), "--overwrite", "--quiet"],
            )
            expected = self.predicted(
                "--weights", self.path("run"), "--input", self.path("pixels.npy")
            )
            path = self.folder / "run.onnx"
            arguments = ["--dynamic-batch", "--with-preprocessing"]
            run(self.tool, "export", self.path("run"), str(path), *arguments)
            properties = {entry.key: entry.value for entry in checked(path).metadata_props}
            assert len(json.loads(properties["classes"])) == 3, properties
            found = logits(path, pixels)
            self.report(f"lenet on bytes, {how}", difference(found, expected))
        # One image, and weights beside the graph.
        run(self.tool, "export", self.path("run"), str(path), *arguments[1:], "--external-data")
        assert (self.folder / "run.onnx.data").stat().st_size > 100_000
        assert path.stat().st_size < 100_000
        checked(path)
        rows = [logits(path, pixels[index : index + 1]) for index in range(3)]
        self.report("lenet, external data", difference(np.concatenate(rows), expected))
        # Weights that are a ten-thousandth larger.
        model = onnx.load(str(path))
        weights = [tensor for tensor in model.graph.initializer if len(tensor.dims) == 2][-1]
        values = onnx.numpy_helper.to_array(weights) * np.float32(1.0001)
        weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))
        onnx.save(model, self.path("other.onnx"))
        other = np.concatenate([logits(self.path("other.onnx"), p[None]) for p in pixels])
        assert difference(other, expected) > TOLERANCE, "a difference is not noticed"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    checks = Checks(str(pathlib.Path(arguments.tool).resolve()), arguments.folder)
    lines = [line.split() for line in (arguments.folder / "cases").read_text().splitlines()]
    cases = [line for line in lines if arguments.only in (None, line[0], line[1])]
    if not cases:
        raise SystemExit("there is no such case")
    for case in cases:
        checks.case(*case)
    if arguments.only is None:
        checks.trained()
    print(f"onnx: {len(cases)} networks, largest difference of all {checks.worst:.1e}")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
