"""Every file of the corpus ends in an answer or one sentence, within a second and 150 MB, in the bot's decoder."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.classifier.pictures.corpus import gifs, jpegs, others, pngs, webps
from tests.classifier.pictures.corpus.measured import MeasuredDecoder
from tests.classifier.pictures.corpus.sample import Outcome, Sample

SECONDS = 1.0
MEMORY = 150_000_000
OUT_OF_TIME = f"died with -{signal.SIGPROF}"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="only Linux says what a process takes"
)

Makers = Callable[[], Iterator[Sample]]


@pytest.fixture(scope="module")
def decoder() -> Iterator[MeasuredDecoder]:
    with MeasuredDecoder.running() as decoder:
        yield decoder


@pytest.mark.parametrize("maker", [others.samples, jpegs.samples, pngs.samples, gifs.samples, webps.samples])
def test_odd_and_broken_files_are_answered_or_refused(maker: Makers, decoder: MeasuredDecoder) -> None:
    for sample in maker():
        cost = decoder.decode(sample.data)
        assert not cost.died, f"{sample.name}: {cost.text}"
        assert sample.expected in (Outcome.EITHER, cost.outcome), f"{sample.name} was {cost.outcome}: {cost.text}"
        assert cost.outcome is Outcome.ANSWERED or cost.text.endswith((".", "!")), f"{sample.name}: {cost.text}"


@pytest.mark.parametrize("maker", [jpegs.costly, pngs.costly, gifs.costly, webps.costly])
def test_costly_files_stay_within_the_limits(maker: Makers, decoder: MeasuredDecoder) -> None:
    for sample in maker():
        assert len(sample.data) <= 10 * 2**20, sample.name
        cost = decoder.decode(sample.data)
        assert cost.seconds <= SECONDS, f"{sample.name} took {cost.seconds:.2f} s"
        if cost.text == OUT_OF_TIME:  # on a slow processor
            continue
        assert cost.memory <= MEMORY, f"{sample.name} took {cost.memory / 1e6:.0f} MB"
        assert not cost.died, f"{sample.name}: {cost.text}"
        assert sample.expected in (Outcome.EITHER, cost.outcome), f"{sample.name} was {cost.outcome}: {cost.text}"
