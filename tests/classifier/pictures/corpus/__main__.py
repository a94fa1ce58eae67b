"""`python -m tests.classifier.pictures.corpus [FILE ...]`: what each file costs a decoder, the costliest last.

Without files, the corpus is measured.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.classifier.pictures.corpus import gifs, jpegs, others, pngs, webps
from tests.classifier.pictures.corpus.measured import Cost, MeasuredDecoder
from tests.classifier.pictures.corpus.sample import Sample

SHOWN = 40


def everything() -> Iterator[Sample]:
    """The whole corpus."""
    yield from others.samples()
    for module in (jpegs, pngs, gifs, webps):
        yield from module.samples()
        yield from module.costly()


def measure(samples: Iterable[Sample]) -> list[tuple[Sample, Cost]]:
    """Have samples decoded, one after the other; without their data, which would fill the memory."""
    with MeasuredDecoder.running() as decoder:
        return [(sample._replace(data=b""), decoder.decode(sample.data)) for sample in samples]


def main(files: list[Path]) -> None:
    """Print the costliest files and what all have in common."""
    results = measure(Sample(file.name, file.read_bytes()) for file in files) if files else measure(everything())
    for sample, cost in sorted(results, key=lambda result: result[1].seconds)[-SHOWN:]:
        end = cost.text or cost.outcome
        sys.stdout.write(f"{cost.seconds * 1000:7.1f} ms {cost.memory / 1e6:7.1f} MB  {sample.name}: {end}\n")
    seconds, memory = max(cost.seconds for _, cost in results), max(cost.memory for _, cost in results)
    outcomes = [cost.outcome for _, cost in results]
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes))
    died = sum(cost.died for _, cost in results)
    sys.stdout.write(f"{len(results)} files: {counts}; {died} decoders died\n")
    sys.stdout.write(f"at most {seconds * 1000:.0f} ms of processor time and {memory / 1e6:.0f} MB above the start\n")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
