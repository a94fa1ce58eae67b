"""What a benchmark found, as plain values: methods side by side, every figure with its spread."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

_DIGITS: Final = {"%": 1, "points": 1, "s": 1, "ms": 1, "MiB": 0, "×": 1, "": 3}


@dataclass(frozen=True, slots=True)
class Summary:
    """One figure over folds, repeats or rounds: how many, their mean, standard deviation, least and most."""

    folds: int
    mean: float
    spread: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise one value or more."""
        array = np.array(values, dtype=np.float64)
        return cls(len(array), *(float(value) for value in (array.mean(), array.std(), array.min(), array.max())))


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured.

    `unit` is "%" for shares in [0, 1], else the sign that follows the number; `goal` is the least, or the most where
    less is better, that this project is held to.
    """

    name: str
    unit: str = "%"
    more_is_better: bool = True
    goal: float | None = None
    drawn: bool = True

    def number(self, value: float) -> str:
        """A value for people, rounded to its worse side: what falls short of a goal never looks as if it met it."""
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
    """One method's figures by the measures' names, on `n` pictures (or runs) in all; goals concern `ours` alone."""

    method: str
    n: int
    figures: Mapping[str, Summary]
    ours: bool = False

    @classmethod
    def of(cls, method: str, n: int, values: Sequence[Mapping[str, float]], *, ours: bool = False) -> Self:
        """Summarise what each fold gave; every fold gives the same measures, one fold or more."""
        figures = {name: Summary.of([fold[name] for fold in values]) for name in values[0]}
        return cls(method, n, figures, ours=ours)


@dataclass(frozen=True, slots=True)
class Report:
    """Methods side by side. `note` says on what, and how it was measured."""

    name: str
    title: str
    note: str
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a goal was met: `what` was to reach `goal` and has `reached` so much, both as text for people."""

    what: str
    goal: str
    reached: str
    met: bool


def verdicts(reports: Sequence[Report]) -> Iterator[Verdict]:
    """Hold this project's own rows to every goal that their report's measures set."""
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
