"""The results of a benchmark as plain values: methods side by side, every figure with its spread."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

_DIGITS: Final = {"%": 1, "points": 1, "s": 1, "ms": 1, "MiB": 0, "×": 1, "/s": 1, "": 3}


@dataclass(frozen=True, slots=True)
class Summary:
    """One figure over folds, repeats or rounds: their number, mean, standard deviation, minimum and maximum."""

    folds: int
    mean: float
    spread: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise at least one value."""
        array = np.array(values, dtype=np.float64)
        return cls(len(array), *(float(value) for value in (array.mean(), array.std(), array.min(), array.max())))


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured.

    `unit` is "%" for shares in [0, 1], otherwise the text after the number; `goal` is what this project should reach:
    at least, or at most if less is better.
    """

    name: str
    unit: str = "%"
    more_is_better: bool = True
    goal: float | None = None
    drawn: bool = True

    def number(self, value: float) -> str:
        """A value as text, rounded towards the worse, so that a missed goal never looks met."""
        return self._rounded(value, up=not self.more_is_better)

    def text(self, value: float) -> str:
        """The number and its unit."""
        return f"{self.number(value)} {self.unit}".rstrip()

    def spread(self, value: float) -> str:
        """A standard deviation, never rounded down."""
        return self._rounded(value, up=True)

    def _rounded(self, value: float, *, up: bool) -> str:
        digits = _DIGITS.get(self.unit, 0)
        scaled = value * (100 if self.unit == "%" else 1) * 10**digits
        steps = math.ceil(scaled - 1e-6) if up else math.floor(scaled + 1e-6)
        return f"{steps / 10**digits:,.{digits}f}"

    def met(self, value: float) -> bool:
        """Whether a value reaches the goal."""
        if self.goal is None:
            raise ValueError(f"{self.name} has no goal")
        return value >= self.goal if self.more_is_better else value <= self.goal


@dataclass(frozen=True, slots=True)
class Row:
    """One method's figures by measure, on `n` thumbnails (or runs) in total; only `ours` have goals."""

    method: str
    n: int
    figures: Mapping[str, Summary]
    ours: bool = False

    @classmethod
    def of(cls, method: str, n: int, values: Sequence[Mapping[str, float]], *, ours: bool = False) -> Self:
        """Summarise the figures of at least one fold; every fold has the same measures."""
        figures = {name: Summary.of([fold[name] for fold in values]) for name in values[0]}
        return cls(method, n, figures, ours=ours)


@dataclass(frozen=True, slots=True)
class Report:
    """Methods side by side. `note` says on what, and how, they were measured."""

    name: str
    title: str
    note: str
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether `what` met its `goal`; `goal` and `reached` are text."""

    what: str
    goal: str
    reached: str
    met: bool


def verdicts(reports: Sequence[Report]) -> Iterator[Verdict]:
    """Compare this project's own rows with every goal of their reports."""
    for report in reports:
        for row in report.rows:
            for measure in report.measures:
                if row.ours and measure.goal is not None and measure.name in row.figures:
                    reached = row.figures[measure.name].mean
                    yield Verdict(
                        what=f"{report.title}: {row.method}, {measure.name}",
                        goal=f"{'≥' if measure.more_is_better else '≤'} {measure.text(measure.goal)}",
                        reached=measure.text(reached),
                        met=measure.met(reached),
                    )
