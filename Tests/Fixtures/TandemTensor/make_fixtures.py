"""Writes the files that the tests of TandemTensor read, with the libraries that define the formats.

    python3 -m pip install numpy safetensors
    python3 Tests/Fixtures/TandemTensor/make_fixtures.py

Made with numpy 2.4.6 and safetensors 0.8.0. Every value is a closed form, so that the
tests know it without this script.
"""

from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format
from safetensors.numpy import save_file

folder = Path(__file__).parent
ramp = np.arange(24).reshape(2, 3, 4)

for name, dtype in [
    ("uint8", "u1"),
    ("int8", "i1"),
    ("uint16", "<u2"),
    ("int16", "<i2"),
    ("uint32", "<u4"),
    ("int32", "<i4"),
    ("uint64", "<u8"),
    ("int64", "<i8"),
    ("float16", "<f2"),
    ("float32", "<f4"),
    ("float64", "<f8"),
]:
    # Element i is 3 i, signed types 3 i - 36; floating-point types a quarter of that.
    values = 3 * ramp - (0 if name.startswith("u") else 36)
    array = (values / 4 if "float" in name else values).astype(dtype)
    np.save(folder / f"{name}.npy", array)
    if name in ("uint16", "int32", "int64", "float16", "float32", "float64"):
        np.save(folder / f"big_endian_{name}.npy", array.astype(dtype.replace("<", ">")))
np.save(folder / "bool.npy", ramp % 3 == 0)


def spellings():
    """Every spelling that numpy.dtype takes of a type that Tandem reads, on Linux."""
    supported = "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64"
    codes = [kind + size for kind in "biuf" for size in "1248"] + list("?bBhHiIlLqQnNpPefd")
    names = [name for name in dir(np) if isinstance(getattr(np, name), type)]
    names += ["bool", "int", "float", "uint", "single", "double", "half"]
    for text in sorted({sign + code for code in codes for sign in ("", *"<>=|")} | set(names)):
        try:
            dtype = np.dtype(text)
        except (TypeError, ValueError):
            continue
        if dtype.name in supported.split():
            yield f"{text} {dtype.name} {'big' if dtype.str[0] == '>' else 'little'}"


(folder / "type_spellings.txt").write_text("\n".join(spellings()) + "\n")

np.save(folder / "scalar.npy", np.float32(2.5))
np.save(folder / "vector.npy", np.arange(5, dtype="<i4"))
np.save(folder / "empty.npy", np.zeros((0, 3), dtype="<f4"))
np.save(folder / "fortran.npy", np.asfortranarray(ramp.astype("<f4")))
np.save(folder / "structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
for version in [(2, 0), (3, 0)]:
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        npy_format.write_array(file, ramp.astype("<f4"), version=version)

arrays = {"x_train": ramp.astype("u1"), "y_train": np.array([7, 1], dtype="<i8")}
np.savez(folder / "stored.npz", **arrays)
np.savez_compressed(folder / "deflated.npz", **arrays, ones=np.ones(5000, dtype="<f4"))

save_file(
    {
        "conv1.weight": (ramp / 4).astype("<f4"),
        "conv1.bias": np.array([-1.5, 2.0, 1e-38], dtype="<f4"),
        "scalar": np.array(0.125, dtype="<f4"),
        "nothing": np.zeros((0, 2), dtype="<f4"),
    },
    folder / "weights.safetensors",
    metadata={"format": "pt", "note": 'quotes " and \\, tab \t, umlaut ü, face \U0001f600'},
)
# Without metadata, and with tensors in the order of their names, there is one way to write a file.
save_file(
    {"a": np.array([[1, -2], [3, 0.5]], dtype="<f4"), "b.c": np.array([7], dtype="<f4")},
    folder / "plain.safetensors",
)
save_file({"half": ramp.astype("<f2")}, folder / "half.safetensors")
