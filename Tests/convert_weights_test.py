"""Tests of convert_weights.py, for a Python with torch:

    python3 Tests/convert_weights_test.py

With the path of the command line tool as an argument, Tandem reads what was converted, too:

    python3 Tests/convert_weights_test.py .build/release/tandem
"""

import contextlib
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import convert_weights
import torch
from torch import nn

TANDEM = None


class ConvertWeightsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        torch.manual_seed(0)

    def path(self, name):
        return str(pathlib.Path(self.folder.name) / name)

    def run_script(self, *arguments):
        """The exit code and what is written to standard error; here, because torch loads slowly."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            code = convert_weights.main(arguments)
        return code, errors.getvalue()

    def convert(self, *arguments):
        code, errors = self.run_script(*arguments)
        self.assertEqual(code, 0, errors)
        return errors

    def expect_refusal(self, *arguments, naming):
        code, errors = self.run_script(*arguments)
        self.assertEqual(code, 1, errors)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertTrue(errors.startswith("convert_weights: error: "), errors)
        self.assertIn(naming, errors)

    def network(self):
        return nn.Sequential(
            nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Linear(4, 2)
        )

    def test_there_and_back(self):
        network = self.network()
        network(torch.randn(2, 3, 4, 6))  # Running statistics that are not the first ones.
        torch.save(network.state_dict(), self.path("a.pth"))
        self.assertEqual(network.state_dict()["1.num_batches_tracked"], 1)
        self.convert(self.path("a.pth"), self.path("a.safetensors"), "--model", "tiny")
        contents = pathlib.Path(self.path("a.safetensors")).read_bytes()
        self.assertNotIn(b"num_batches_tracked", contents)
        self.assertIn(b'"modelName":"tiny"', contents)
        length = struct.unpack("<Q", contents[:8])[0]
        self.assertEqual(length % 8, 0)
        self.assertEqual(len(contents), 8 + length + 4 * (4 * 27 + 4 * 4 + 8 + 2))
        first = struct.unpack("<f", contents[8 + length : 12 + length])[0]
        self.assertEqual(first, network[0].weight[0, 0, 0, 0].item())

        self.convert(self.path("a.safetensors"), self.path("b.pt"))
        back = torch.load(self.path("b.pt"), weights_only=True)
        other = self.network()
        other.load_state_dict(back)
        for key, value in network.state_dict().items():
            expected = torch.tensor(0) if key.endswith("num_batches_tracked") else value
            self.assertTrue(torch.equal(other.state_dict()[key], expected), key)
            self.assertEqual(other.state_dict()[key].dtype, value.dtype)

    def test_checkpoints_of_training_programs(self):
        weight = torch.randn(2, 3, dtype=torch.float64)
        torch.save(
            {
                "epoch": 3,
                "model": {"module.weight": weight.t(), "module.index": torch.arange(3)},
            },
            self.path("a.pt"),
        )
        self.expect_refusal(
            self.path("a.pt"), self.path("a.safetensors"), naming="'epoch', 'model'"
        )
        self.expect_refusal(
            self.path("a.pt"), self.path("a.safetensors"), "--key", "ema", naming='"ema"'
        )
        notes = self.convert(self.path("a.pt"), self.path("a.safetensors"), "--key", "model")
        self.assertIn("index is left out", notes)
        self.convert(self.path("a.safetensors"), self.path("b.pt"))
        back = torch.load(self.path("b.pt"), weights_only=True)
        self.assertEqual(list(back), ["weight"])
        self.assertTrue(torch.equal(back["weight"], weight.t().float()))

    def test_types_and_shapes_of_safetensors(self):
        header = (
            b'{"half":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},'
            b'"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},'
            b'"bn.running_mean":{"dtype":"F32","shape":[0,2],"data_offsets":[12,12]}}'
        )
        data = struct.pack("<qee", 5, 1.5, -2)
        pathlib.Path(self.path("a.safetensors")).write_bytes(
            struct.pack("<Q", len(header)) + header + data
        )
        self.convert(self.path("a.safetensors"), self.path("a.pt"))
        back = torch.load(self.path("a.pt"), weights_only=True)
        self.assertEqual(back["half"].tolist(), [1.5, -2])
        self.assertEqual(back["bn.num_batches_tracked"].item(), 5)
        self.assertEqual(back["bn.running_mean"].shape, (0, 2))
        self.assertEqual(len(back), 3)

    def test_bad_safetensors(self):
        a = b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
        for header, data, naming in [
            (b"{" + a + b"}", b"\0" * 4, "cut off in a"),
            (b"{" + a + b"}", b"\0" * 9, "1 bytes too many"),
            (b"{" + a + b"," + a + b"}", b"\0" * 8, "twice"),
            (b"{" + a.replace(b"[2]", b"[NaN]") + b"}", b"\0" * 8, "NaN"),
            (b"{" + a.replace(b"[2]", b"[1e3]") + b"}", b"\0" * 8, "whole numbers"),
            (b"{" + a.replace(b"[2]", b"[4611686018427387904]") + b"}", b"\0" * 8, "bytes of a"),
            (b"{" + a.replace(b"[0,8]", b"[4,12]") + b"}", b"\0" * 12, "bytes of a"),
            (b"{" + a.replace(b"F32", b"F4") + b"}", b"\0" * 8, "'F4'"),
            (b"{" + a.replace(b'"F32"', b"[]") + b"}", b"\0" * 8, "malformed header"),
            (b"[" * 100_000, b"", "malformed header"),
            (b"[]", b"", "malformed header"),
            (b'{"a":7}', b"", "malformed header"),
            (b'{"a":{}}', b"", "malformed header"),
        ]:
            pathlib.Path(self.path("a.safetensors")).write_bytes(
                struct.pack("<Q", len(header)) + header + data
            )
            self.expect_refusal(self.path("a.safetensors"), self.path("a.pt"), naming=naming)
        for contents in [b"", b"1234567", struct.pack("<Q", 2**63) + b"{}"]:
            pathlib.Path(self.path("a.safetensors")).write_bytes(contents)
            self.expect_refusal(self.path("a.safetensors"), self.path("a.pt"), naming="cut off")
        self.assertFalse(pathlib.Path(self.path("a.pt")).exists())

    def test_bad_files(self):
        self.expect_refusal(self.path("no.pt"), self.path("a.safetensors"), naming="no.pt")
        self.expect_refusal(self.path("a.bin"), self.path("a.safetensors"), naming="a.bin")
        self.expect_refusal(self.path("a.pt"), self.path("b.pth"), naming=".safetensors")
        pathlib.Path(self.path("a.pt")).write_bytes(b"not a file of PyTorch")
        self.expect_refusal(self.path("a.pt"), self.path("a.safetensors"), naming="a.pt")
        torch.save(self.network(), self.path("a.pt"))  # A module, whose unpickling could run code.
        self.expect_refusal(self.path("a.pt"), self.path("a.safetensors"), naming="state_dict()")
        torch.save([torch.zeros(1)], self.path("a.pt"))
        self.expect_refusal(self.path("a.pt"), self.path("a.safetensors"), naming="a list")
        torch.save({"a": torch.eye(2).to_sparse()}, self.path("a.pt"))
        self.expect_refusal(self.path("a.pt"), self.path("a.safetensors"), naming="a is sparse")

    def test_tandem_reads_and_writes(self):
        """The network mlp of Tandem's zoo, made with PyTorch, through Tandem and back."""
        if TANDEM is None:
            self.skipTest("no path of tandem was given")
        hidden = 512
        state = {
            "dense1.weight": torch.randn(hidden, 576) / 24,
            "dense1.bias": torch.randn(hidden),
            "dense2.weight": torch.randn(3, hidden) / 23,
            "dense2.bias": torch.randn(3),
        }
        torch.save(state, self.path("mlp.pth"))
        self.convert(self.path("mlp.pth"), self.path("mlp.safetensors"), "--model", "mlp")
        command = [TANDEM, "train", "--model", "mlp", "--data", "shapes:50,20", "--epochs", "1"]
        command += ["--lr", "1e-30", "--weights", self.path("mlp.safetensors")]
        command += ["--output", self.path("run")]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.convert(self.path("run/checkpoint-last/model.safetensors"), self.path("back.pt"))
        back = torch.load(self.path("back.pt"), weights_only=True)
        self.assertEqual(set(back), set(state))
        for name, value in state.items():
            self.assertTrue(torch.equal(back[name], value), name)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        TANDEM = sys.argv.pop(1)
    unittest.main()
