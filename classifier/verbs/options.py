"""Options that several verbs have."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and progress as JSON lines.")]
Data = Annotated[Path, typer.Option(help="Data folder: one sub-folder of thumbnails per channel.")]
Model = Annotated[Path, typer.Option(help="Model folder, written by train.")]
