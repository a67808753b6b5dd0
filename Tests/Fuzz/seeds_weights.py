"""What fuzzing of weights begins with: the tests' files and their pickles; the first byte says
which of the two it is."""

import pathlib
import sys
import zipfile

target = pathlib.Path(sys.argv[1])
fixtures = pathlib.Path(__file__).parents[1] / "Fixtures/TandemTensor/torch"
for path in sorted(fixtures.glob("*.pth")):
    (target / path.name).write_bytes(b"\1" + path.read_bytes())
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            pickle = archive.read(f"{path.stem}/data.pkl")
        (target / f"{path.stem}.pkl").write_bytes(b"\0" + pickle)
