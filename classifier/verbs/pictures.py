"""Pictures: predict, figures, histograms."""

import json
from pathlib import Path
from typing import Annotated

import typer

from classifier.errors import PictureError
from classifier.terminal import prediction_json, print_json, printable, say, verb
from classifier.verbs.options import Json, Model


def predict(
    images: Annotated[list[Path], typer.Argument(help="Image files.")],
    model: Model,
    plot: Annotated[Path | None, typer.Option(help="PNG file for the confidence plot of one picture.")] = None,
    why: Annotated[
        Path | None, typer.Option(help="PNG file for the explanation of one picture: the evidence for its channel.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Predict the channel of each picture.

    If one can't be read, its error is printed, the others are still predicted, and the exit status is 1.
    """
    if (plot or why) and len(images) > 1:
        raise typer.BadParameter("--plot and --why only work with one picture")
    failed = False
    with verb(as_json=as_json):
        from classifier.drawing.confidence import confidence_plot, percent  # noqa: PLC0415
        from classifier.drawing.explanations import heatmap_figure  # noqa: PLC0415
        from classifier.models.predictor import Predictor  # noqa: PLC0415
        from classifier.pictures.examples import read_thumbnail  # noqa: PLC0415

        predictor = Predictor.load(model)
        for image in images:
            try:
                thumbnail = read_thumbnail(image)
            except PictureError as error:
                failed = True
                line = {"path": str(image), "error": str(error)}
                typer.echo(json.dumps(line) if as_json else f"{image}: {error}", err=not as_json)
                continue
            (prediction,) = predictor.predict([thumbnail])
            if plot is not None:
                plot.write_bytes(confidence_plot(prediction))
            if why is not None:
                why.write_bytes(heatmap_figure(thumbnail, predictor.explain(thumbnail)))
            if as_json:
                drawn = {"why": str(why)} if why else {}
                print_json({"path": str(image), **prediction_json(prediction), **drawn})
            else:
                verdict = "unknown; closest match: " if prediction.unknown else ""
                title = printable(prediction.channel.title)
                say(f"{image}: {verdict}{title} ({percent(prediction.confidence)})")
    if failed:
        raise typer.Exit(1)


def figures(
    image: Annotated[Path, typer.Argument(help="An image file.")],
    out: Annotated[Path, typer.Option(help="Folder for the PNG files.")],
    model: Annotated[
        Path | None, typer.Option(help="Model folder; adds a fourth figure, which explains the model's answer.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Draw the tutorial's figures of a picture: the picture, its colour planes, and their histograms."""
    with verb(as_json=as_json):
        from classifier.drawing import explanations  # noqa: PLC0415
        from classifier.drawing.figures import picture_figure  # noqa: PLC0415
        from classifier.pictures.examples import read_thumbnail  # noqa: PLC0415

        thumbnail = read_thumbnail(image)
        drawn = {
            out / "figure-1-picture.png": picture_figure(thumbnail),
            out / "figure-2-planes.png": explanations.planes_figure(thumbnail),
            out / "figure-3-histograms.png": explanations.histograms_figure(thumbnail),
        }
        if model is not None:
            from classifier.models.predictor import Predictor  # noqa: PLC0415

            drawn[out / "figure-4-why.png"] = explanations.heatmap_figure(
                thumbnail, Predictor.load(model).explain(thumbnail)
            )
        out.mkdir(parents=True, exist_ok=True)
        for file, png in drawn.items():
            file.write_bytes(png)
    if as_json:
        print_json({"figures": [str(file) for file in drawn]})
    else:
        say("\n".join(str(file) for file in drawn))


def histograms(
    out: Annotated[Path, typer.Option(help="The .npz file to write: X (n, 4, 25), y, video, channel.")],
    data: Annotated[Path | None, typer.Option(help="Data folder: one sub-folder of thumbnails per channel.")] = None,
    import_tutorial: Annotated[
        Path | None, typer.Option(help="The tutorial's own thumbnails.npz, instead of a data folder.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Save the RGB histograms of thumbnails as plain arrays."""
    if (data is None) == (import_tutorial is None):
        raise typer.BadParameter("pass either --data or --import-tutorial")
    with verb(as_json=as_json) as on_progress:
        from classifier.pictures import histograms as arrays  # noqa: PLC0415
        from classifier.pictures import tutorial_file  # noqa: PLC0415
        from classifier.pictures.dataset import Dataset  # noqa: PLC0415

        if data is not None:
            result = arrays.histograms(Dataset.open(data), on_progress)
        else:
            result = tutorial_file.import_tutorial(import_tutorial or out)
        result.save(out)
    if as_json:
        print_json({"out": str(out), "n": len(result.y)})
    else:
        say(f"Saved the histograms of {len(result.y)} thumbnails in {out}.")
