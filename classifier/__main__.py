"""`python -m classifier VERB`: crawl, fetch, refresh, train, info, evaluate, predict, figures, histograms.

With `--json` a verb prints its result as one JSON object on standard output (predict: one per picture), and its
progress as JSON lines on standard error; a failure is `{"error": kind, "message": sentence, "template": the sentence
with placeholders, "data": {...}}` and exit status 1.
"""

from typing import Annotated, Final

import typer

from classifier.serving.lifeline import tie_to
from classifier.verbs.downloads import crawl, fetch, refresh
from classifier.verbs.models import evaluate, info, train
from classifier.verbs.pictures import figures, histograms, predict

VERBS: Final = (crawl, fetch, refresh, histograms, figures, train, info, evaluate, predict)
"""In the order of the help."""

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def main(
    parent: Annotated[
        int | None, typer.Option(hidden=True, help="Exit when this process, which started this one, does.")
    ] = None,
) -> None:
    """Recognise YouTube channels by their thumbnails."""
    if parent is not None:
        tie_to(parent)


for _verb in VERBS:
    app.command()(_verb)


if __name__ == "__main__":
    app(prog_name="python -m classifier")
