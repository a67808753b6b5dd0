"""What fuzzing of archives begins with: small ones that are right; the first byte says which of the
readers in fuzz_archives.swift a file is for."""

import gzip
import io
import pathlib
import struct
import sys
import tarfile
import zipfile

SHARD, DOWNLOAD, KERAS, IDX = range(4)
target = pathlib.Path(sys.argv[1])


def tar(members, form):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "../elsewhere"
        archive.addfile(link)
    return stream.getvalue()


def array(form, shape, content):
    header = repr({"descr": form, "fortran_order": False, "shape": shape})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + content


def write(name, kind, content):
    (target / name).write_bytes(bytes([kind]) + content)


long_name = "k" * 120 + "/" + "n" * 60
samples = [("a.jpg", b"picture"), ("a.cls", b"1")]
samples += [(long_name + ".png", b"p"), (long_name + ".cls", b"0")]
inner = [("inner/one", b"1" * 700), ("inner/two", b""), ("inner/" + long_name, b"3")]
inner += [("outside", b"2")]
for name, form in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
    write(f"shard-{name}", SHARD, tar(samples, form))
    write(f"download-{name}", DOWNLOAD, tar(inner, form))

for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for part in ("train", "test"):
            archive.writestr(f"x_{part}.npy", array("|u1", (2, 3, 3), bytes(range(18))))
            archive.writestr(f"y_{part}.npy", array("<i8", (2,), struct.pack("<2q", 0, 1)))
    write(f"keras-{method}", KERAS, stream.getvalue())

images = struct.pack(">4I", 0x803, 2, 3, 3) + bytes(range(18))
write("idx", IDX, images)
write("idx-gzip", IDX, gzip.compress(images))
