"""Where to look for an optimizer's settings: a distribution for each, and the trials drawn from them. No torch."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.errors import BadInput
from core.registry import ParamValue


class Distribution(Protocol):
    """How the values of one setting are spread."""

    def at(self, share: float) -> ParamValue:
        """The value below which `share` (0 <= share < 1) of the draws lie."""

    def words(self) -> str:
        """The distribution as a reader sees it."""


@dataclass(frozen=True)
class LogUniform:
    """Every factor is as likely as any other: the logarithm is uniform from `low` to `high`, both above 0."""

    low: float
    high: float

    def at(self, share: float) -> float:
        """The quantile of `share`."""
        return float(f"{self.low * (self.high / self.low) ** share:.4g}")

    def words(self) -> str:
        """The distribution as a reader sees it."""
        return f"log-uniform from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Uniform:
    """Every value from `low` to `high` is equally likely."""

    low: float
    high: float

    def at(self, share: float) -> float:
        """The quantile of `share`."""
        return float(f"{self.low + (self.high - self.low) * share:.4g}")

    def words(self) -> str:
        """The distribution as a reader sees it."""
        return f"uniform from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class OneMinusLogUniform:
    """1 - value is log-uniform from `low` to `high`: the usual scale for a memory such as beta1, which lies near 1."""

    low: float
    high: float

    def at(self, share: float) -> float:
        """The quantile of `share`; a larger share gives a smaller value."""
        return round(1 - LogUniform(self.low, self.high).at(share), 10)

    def words(self) -> str:
        """The distribution as a reader sees it."""
        return f"1 - value log-uniform from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Choice:
    """One of `values`, all equally likely."""

    values: tuple[ParamValue, ...]

    def at(self, share: float) -> ParamValue:
        """The value at `share` of the way through the list."""
        return self.values[int(share * len(self.values))]

    def words(self) -> str:
        """The distribution as a reader sees it."""
        return "one of " + ", ".join(str(value) for value in self.values)


@dataclass(frozen=True, kw_only=True)
class SearchSpace:
    """The distribution of each setting that is tuned ("lr", "weight_decay" or a parameter), and where that comes from.

    `published` tells a space taken from a paper or benchmark from a customary one.
    """

    settings: Mapping[str, Distribution]
    source: str
    published: bool = False


def sample(space: SearchSpace, trials: int, seed: int) -> list[dict[str, ParamValue]]:
    """Draw `trials` points of `space`, each a value per setting.

    The uniform random number behind a setting depends on `seed`, the trial and the setting's name alone. So trial i
    of every optimizer draws its "lr" from the same number, whatever else is tuned beside it, and the first trials of
    a larger budget are those of a smaller one.

    Raises:
        BadInput: for a number of trials below 1 or a negative seed.
    """
    import numpy as np  # here, so that the catalogue loads without it

    if trials < 1:
        raise BadInput(f"{trials} trials were asked for; give a whole number of at least 1.")
    if seed < 0:
        raise BadInput(f"The seed of a search is {seed}; give a whole number of at least 0.")
    shares = {name: np.random.default_rng([seed, zlib.crc32(name.encode())]).random(trials) for name in space.settings}
    return [
        {name: distribution.at(float(shares[name][trial])) for name, distribution in space.settings.items()}
        for trial in range(trials)
    ]
