"""Notes make no difference, and large pictures give what their smaller copies give."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from classifier.errors import PictureError
from classifier.pictures.decoding import HEIGHT, WIDTH, decode, decode_wide, open_upright
from classifier.pictures.files.orientation import orientation
from classifier.pictures.files.strip import strip
from tests.classifier.pictures.corpus import jpegs, pngs, webps
from tests.classifier.pictures.corpus.sample import PICTURE, SMALL, encode

RED = (255, 0, 0)


def difference(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one).astype(int) - np.asarray(other)).max())


def test_a_picture_of_the_right_size_is_left_as_it_is() -> None:
    assert decode(encode(PICTURE, "PNG")) == PICTURE


# Notes


def test_no_note_in_a_png_changes_its_pixels() -> None:
    for sample in pngs.notes():
        if "mode" not in sample.name:
            assert decode(sample.data) == PICTURE, sample.name


def test_no_note_in_a_jpeg_changes_its_pixels() -> None:
    plain = decode(encode(PICTURE, "JPEG"))
    for sample in jpegs.notes():
        assert decode(sample.data) == plain, sample.name


@pytest.mark.parametrize("image", [webps.LOSSY, webps.LOSSLESS])
def test_no_note_in_a_webp_changes_its_pixels(image: bytes) -> None:
    plain = decode(webps.webp(image))
    for sample in webps.notes("WebP", image):
        assert decode(sample.data) == plain, sample.name


def exif(order: str, *tags: tuple[int, int, int, int]) -> bytes:
    packed = b"".join(struct.pack(f"{order}HHIHxx", *tag) for tag in tags)
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags)) + packed


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_orientation_is_read(order: str, value: int) -> None:
    assert orientation(exif(order, (0x010F, 2, 1, 0), (0x0112, 3, 1, value))) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\0",
        exif("<"),
        exif("<", (0x0112, 3, 1, 0)),
        exif(">", (0x0112, 3, 1, 9)),
        exif("<", (0x0112, 2, 1, 6)),
        exif("<", (0x0112, 3, 2, 6)),
        exif("<", (0x0112, 3, 1, 6))[:-5],
        b"II*\0\xff\xff\xff\xff" + bytes(100),
        b"MM\0*" + struct.pack(">IH", 8, 65_535) + bytes(12 * 65_535),
    ],
)
def test_an_orientation_that_is_broken_or_missing_is_upright(data: bytes) -> None:
    assert orientation(data) == 1


@given(st.sampled_from([b"II*\0", b"MM\0*", b""]), st.binary(max_size=200))
def test_any_bytes_have_an_orientation(start: bytes, data: bytes) -> None:
    assert 1 <= orientation(start + data) <= 8


# Large pictures


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (2559, 1439), (700, 5000)])
def test_a_picture_of_ordinary_size_is_resized_at_once(size: tuple[int, int]) -> None:
    picture = PICTURE.resize(size)
    assert decode(encode(picture, "PNG")) == picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_a_large_picture_gives_what_it_gives_at_once(mode: str) -> None:
    """Reducing in two steps rounds twice, to 1/255 each."""
    picture = PICTURE.resize((3200, 1800), Image.Resampling.NEAREST).convert(mode)
    if mode in ("RGBA", "LA"):
        picture.putalpha(PICTURE.convert("L").resize(picture.size))
    expected = Image.new("RGB", picture.size, "white")
    expected.paste(picture.convert("RGB"), mask=picture.getchannel("A") if mode in ("RGBA", "LA") else None)
    at_once = expected.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    assert difference(decode(encode(picture, "PNG")), at_once) <= 2


def test_a_large_picture_of_16_bits_keeps_its_brightness() -> None:
    ramp = np.tile(np.linspace(0x2000, 0xFFFF, 3200, dtype=np.uint16), (1800, 1))
    decoded = np.asarray(decode(encode(Image.fromarray(ramp), "PNG")))
    expected = (ramp[0].reshape(WIDTH, 10) >> 8).mean(axis=1)
    assert np.abs(decoded[90, :, 0] - expected).max() <= 2


@pytest.mark.parametrize("size", [(3840, 2160), (6000, 900), (1300, 9000)])
@pytest.mark.parametrize("border", [40, 121])
def test_a_frame_around_a_large_picture_is_cropped(size: tuple[int, int], border: int) -> None:
    picture = PICTURE.resize(size)
    framed = ImageOps.expand(picture, border, fill=(200, 30, 90))
    bare = np.asarray(decode(encode(picture, "PNG"))).astype(int)
    assert np.abs(np.asarray(decode(encode(framed, "PNG"))) - bare).mean() < 4


@pytest.mark.parametrize("size", [(3840, 2160), (6000, 900)])
def test_bars_beside_a_large_picture_are_cropped(size: tuple[int, int]) -> None:
    picture = PICTURE.resize(size)
    bare = np.asarray(decode(encode(picture, "PNG"))).astype(int)
    for bars in ((0, 300), (500, 0)):
        barred = ImageOps.expand(picture, bars, fill="black")
        assert np.abs(np.asarray(decode(encode(barred, "PNG"))) - bare).mean() < 4


@pytest.mark.parametrize(
    ("size", "vertical"),
    [
        ((320, 180), False),
        ((180, 180), False),
        ((179, 180), True),
        ((1080, 1920), True),
        ((2700, 4800), True),  # so large that it is reduced more in one direction than in the other
        ((4000, 3999), False),
    ],
)
def test_vertical_pictures_are_those_that_are_narrower_than_high(size: tuple[int, int], vertical: bool) -> None:
    picture = PICTURE.resize(size)
    found = decode_wide(strip(encode(picture, "PNG")))
    assert (found is None) is vertical
    if found is not None:
        assert found.tobytes() == decode(encode(picture, "PNG")).tobytes()


@pytest.mark.parametrize("size", [(101, 180), (75, 100)])
def test_bars_and_frames_do_not_make_a_picture_wide(size: tuple[int, int]) -> None:
    for framed in (
        ImageOps.pad(PICTURE.resize(size), (320, 180), color="black"),
        ImageOps.expand(PICTURE.resize(size), 30, fill=(200, 30, 90)),
    ):
        assert decode_wide(strip(encode(framed, "PNG"))) is None
    assert decode_wide(strip(encode(ImageOps.pad(PICTURE, (300, 400), color="black"), "PNG"))) is not None


@pytest.mark.parametrize(("turn", "vertical"), [(1, False), (6, True), (8, True)])
def test_a_picture_that_lies_on_its_side_is_turned_first(turn: int, vertical: bool) -> None:
    tags = Image.Exif()
    tags[0x0112] = turn
    assert (decode_wide(strip(encode(PICTURE, "PNG", exif=tags))) is None) is vertical


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_large_picture_is_turned_upright(turn: int) -> None:
    tags = Image.Exif()
    tags[0x0112] = turn
    data = encode(PICTURE.resize((3200, 1800)), "PNG", exif=tags)
    small = encode(PICTURE, "PNG", exif=tags)
    assert difference(decode(data).reduce(8), decode(small).reduce(8)) <= 12


def test_the_parts_of_a_reduced_picture_fit_together() -> None:
    """Whatever its height: it is reduced in strips of whole lines."""
    for height in (3001, 3002, 3007):
        column = Image.fromarray(
            np.tile(np.arange(height, dtype=np.uint16)[:, None] // 13 % 256, (1, 1400)).astype(np.uint8)
        )
        whole = column.convert("RGB").reduce((1, height // 720))
        assert difference(open_upright(encode(column, "PNG")), whole) == 0


# Limits


def test_more_than_65535_pixels_on_a_side_are_rejected() -> None:
    with pytest.raises(PictureError, match=r"more than 65,535 pixels wide or high\. Send a smaller one"):
        decode(pngs.plain(65_536, 1, 1, pngs.GREY, 0))
    assert decode(pngs.plain(65_535, 1, 1, pngs.GREY, 0)).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    "data",
    [
        jpegs.scans(640, 360, 9, 30_000),
        jpegs.with_notes(jpegs.segment(0xFE) * 50_000),
        pngs.png(pngs.header(64, 36), pngs.chunk(b"tEXt") * 50_000),
        pngs.png(pngs.header(4000, 5000, 16, pngs.COLOURS_ALPHA), pngs.chunk(b"IDAT", b"x")),
        webps.webp(webps.canvas(4000, 3000), webps.LOSSY),
    ],
    ids=["scans", "comments", "chunks", "16 bits", "WebP"],
)
def test_what_would_cost_too_much_is_rejected_before_it_is_decoded(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        pytest.fail("Pillow was called")

    monkeypatch.setattr(Image, "open", opened)
    with pytest.raises(PictureError, match=r"takes too much work to open\. Save it again as a smaller JPEG"):
        decode(data)


def test_memory_that_can_not_be_had_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", full)
    with pytest.raises(PictureError, match="takes too much work"):
        decode(encode(SMALL, "PNG"))
