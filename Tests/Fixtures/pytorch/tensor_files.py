"""Reads and writes safetensors files of float32 tensors, without a library for it."""

import json
import struct

import torch


def read(path):
    """The tensors of a file by name, in the order of the file, and its metadata."""
    content = bytearray(path.read_bytes())
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise SystemExit(f"{path}: tensor {name} is {entry['dtype']}, not F32")
        start, end = entry["data_offsets"]
        values = torch.empty(0)
        if end > start:
            values = torch.frombuffer(
                content, dtype=torch.float32, offset=8 + length + start, count=(end - start) // 4
            )
        tensors[name] = values.reshape(entry["shape"])
    return tensors, metadata


def write(path, tensors, metadata):
    """A file of float32, byte for byte the same for the same values."""
    header = {"__metadata__": metadata}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + 4 * tensor.numel()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = bytearray(end)
    for name, tensor in tensors.items():
        if tensor.numel():
            start = header[name]["data_offsets"][0]
            place = torch.frombuffer(data, dtype=torch.float32, offset=start, count=tensor.numel())
            place.copy_(tensor.detach().flatten())
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.write(data)
