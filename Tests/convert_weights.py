"""Converts weights between PyTorch's state_dict files and the safetensors files of Tandem.

    python3 Tests/convert_weights.py resnet18.pth resnet18.safetensors
    python3 Tests/convert_weights.py run1/checkpoint-last/model.safetensors model.pth

The names of the files say which way. Needs torch and nothing else; `.pt` and `.pth` files are
loaded with weights_only=True, so that they cannot run code.

To Tandem: names and shapes stay, all floating-point numbers become float32, and batch
normalisation's num_batches_tracked is left out, as are other integers, with a note. Names that all
begin with "module." or "_orig_mod.", as DistributedDataParallel and torch.compile make them, lose
that beginning. `--key model` takes the state_dict from a checkpoint that holds it under the key
"model". `--model NAME` notes the network's name in the file; Tandem then refuses it for another
network.

To PyTorch: the result is for load_state_dict; each running_mean gets a num_batches_tracked of 0
beside it, which load_state_dict expects.
"""

import argparse
import ctypes
import json
import math
import os
import pickle
import struct
import sys

import torch

# What PyTorch calls the types of https://github.com/huggingface/safetensors.
TYPES = {
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
}
HEADER_LIMIT = 100_000_000
COUNTER = "num_batches_tracked"
# The matrix that Tandem multiplies images with, of weights trained with --normalize zca.
WHITENING = "tandem.whitening"


class Failure(Exception):
    """What is told to the user, in one line."""


def is_counter(name):
    return name.rsplit(".", 1)[-1] == COUNTER


def read_state_dict(path, key=None):
    """The tensors of a `.pt` or `.pth` file by name."""
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise Failure(
            f"{path} cannot be loaded as weights: {reason}; write it with "
            "torch.save(model.state_dict(), path)"
        ) from error
    if key is not None:
        if not isinstance(values, dict) or key not in values:
            raise Failure(f'{path} has no key "{key}"; {contents(values)}')
        values = values[key]
    if (
        not isinstance(values, dict)
        or not values
        or not all(isinstance(value, torch.Tensor) for value in values.values())
    ):
        raise Failure(
            f"{path} is no state_dict: {contents(values)}; --key names the part of it that is one"
        )
    for prefix in ["module.", "_orig_mod."]:
        if all(name.startswith(prefix) for name in values):
            values = {name.removeprefix(prefix): value for name, value in values.items()}
    return values


def contents(values):
    if not isinstance(values, dict):
        return f"it holds a {type(values).__name__}"
    return "its keys are " + (", ".join(repr(name) for name in list(values)[:8]) or "none")


def weights_for_tandem(state_dict):
    """What Tandem reads, as float32, and notes about what is left out."""
    weights, notes = {}, []
    for name, value in state_dict.items():
        if value.layout != torch.strided or value.is_quantized:
            raise Failure(f"{name} is sparse or quantised; make it a plain tensor first")
        if value.is_floating_point():
            weights[name] = value.detach().to(torch.float32).contiguous()
        elif not is_counter(name):
            notes.append(
                f"{name} is left out: it is of {value.dtype}, not of floating-point numbers"
            )
    if not weights:
        raise Failure("there are no floating-point tensors to convert")
    return weights, notes


def write_safetensors(path, weights, metadata):
    """`weights` are contiguous float32 tensors by name."""
    header = {"__metadata__": metadata} if metadata else {}
    offset = 0
    for name, value in weights.items():
        end = offset + 4 * value.numel()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)

    def write(file):
        file.write(struct.pack("<Q", len(text)) + text)
        for value in weights.values():
            file.write(ctypes.string_at(value.data_ptr(), 4 * value.numel()))

    replace(path, write)


def read_safetensors(path):
    """The tensors of a safetensors file by name, in the types that they have there."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else math.inf
        if length > min(HEADER_LIMIT, size - 8):
            raise Failure(f"{path} is no safetensors file, or it is cut off")
        values = {}
        position = 0
        for name, entry in tensor_entries(path, file.read(length)):
            dtype, shape = TYPES.get(entry["dtype"]), entry["shape"]
            if dtype is None:
                raise Failure(f"{path}: {name} is of the type {entry['dtype']!r}, unknown here")
            count = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
            if entry["data_offsets"] != [position, position + count]:
                raise Failure(f"{path}: the bytes of {name} are not where they should be")
            position += count
            if 8 + length + position > size:
                raise Failure(f"{path} is cut off in {name}")
            data = bytearray(file.read(count))
            # PyTorch makes no tensor of an empty buffer.
            value = torch.frombuffer(data, dtype=dtype) if count else torch.empty(0, dtype=dtype)
            values[name] = value.reshape(shape)
        if 8 + length + position != size:
            raise Failure(f"{path} has {size - 8 - length - position} bytes too many")
    return values


def tensor_entries(path, text):
    """Names and descriptions of a header's tensors, in the order of their bytes."""

    def without_duplicates(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a name occurs twice")
        return dict(pairs)

    def no_number(text):
        raise ValueError(f"{text} is no JSON")

    def is_extent(value):
        return type(value) is int and value >= 0

    try:
        header = json.loads(text, object_pairs_hook=without_duplicates, parse_constant=no_number)
        entries = [(name, entry) for name, entry in header.items() if name != "__metadata__"]
        if not all(
            is_extent(value) for _, e in entries for value in e["shape"] + e["data_offsets"]
        ):
            raise ValueError("shapes and offsets are not all whole numbers")
        if not all(type(entry["dtype"]) is str for _, entry in entries):
            raise ValueError("types are not all names")
        return sorted(entries, key=lambda entry: entry[1]["data_offsets"])
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise Failure(
            f"{path} has a malformed header: {str(error) or type(error).__name__}"
        ) from error


def state_dict_for_pytorch(tensors):
    """`tensors` with the counters that PyTorch's batch normalisation has, without what is done to
    images before the network."""
    state_dict = {}
    for name, value in tensors.items():
        if name == WHITENING:
            continue
        state_dict[name] = value
        layer, _, last = name.rpartition(".")
        counter = f"{layer}.{COUNTER}" if layer else COUNTER
        if last == "running_mean" and counter not in tensors:
            state_dict[counter] = torch.tensor(0)
    return state_dict


def replace(path, write):
    """Writes a file that is complete or not there at all."""
    beside = f"{path}.{os.getpid()}"
    try:
        with open(beside, "wb") as file:
            write(file)
        os.replace(beside, path)
    finally:
        if os.path.exists(beside):
            os.remove(beside)


def kind(path):
    extension = os.path.splitext(path)[1]
    if extension in [".pt", ".pth"]:
        return "pytorch"
    if extension == ".safetensors":
        return "tandem"
    raise Failure(f"{path}: the name of a file has to end in .pt, .pth or .safetensors")


def convert(options):
    ways = (kind(options.source), kind(options.target))
    if ways == ("pytorch", "tandem"):
        state_dict = read_state_dict(options.source, options.key)
        weights, notes = weights_for_tandem(state_dict)
        metadata = {"modelName": options.model} if options.model else {}
        write_safetensors(options.target, weights, metadata)
        count = len(weights)
    elif ways == ("tandem", "pytorch"):
        if options.key is not None or options.model is not None:
            raise Failure("--key and --model are for the way to Tandem only")
        tensors = read_safetensors(options.source)
        state_dict = state_dict_for_pytorch(tensors)
        notes = []
        replace(options.target, lambda file: torch.save(state_dict, file))
        count = len(state_dict)
    else:
        raise Failure("one of the files has to end in .safetensors, the other in .pt or .pth")
    for note in notes:
        print(f"convert_weights: note: {note}", file=sys.stderr)
    print(f"{options.target}: {count} tensors")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="convert_weights.py",
        usage="convert_weights.py SOURCE TARGET [--key KEY] [--model NAME]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="SOURCE", help=".pt, .pth or .safetensors")
    parser.add_argument("target", metavar="TARGET", help="the other of the two")
    parser.add_argument("--key", help="where in SOURCE the state_dict is")
    parser.add_argument("--model", metavar="NAME", help="the name of Tandem's network")
    try:
        convert(parser.parse_args(arguments))
    except (Failure, OSError) as error:
        line = " ".join(str(error).split())
        print(f"convert_weights: error: {line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
