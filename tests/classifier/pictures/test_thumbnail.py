"""Decoding: untrusted bytes in, 320×180 RGB pictures out."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from classifier.errors import PictureError
from classifier.pictures.decoding import open_upright
from classifier.pictures.thumbnail import BINS, Thumbnail
from tests.classifier.drawn import COLOURS, pixels

ORIENTATION = 0x0112
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)

# Pillow warns about broken metadata; only an exception would reach the person who posted the picture.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def quarters(width: int = 320, height: int = 180) -> Image.Image:
    """Four quarters: red and green above blue and white."""
    return Image.fromarray(np.array([[RED, GREEN], [BLUE, WHITE]], dtype=np.uint8)).resize(
        (width, height), Image.Resampling.NEAREST
    )


def corners(thumbnail: Thumbnail) -> list[list[int]]:
    """The colours at top left, top right, bottom left and bottom right."""
    return [thumbnail.pixels[y, x].tolist() for y in (5, -6) for x in (5, -6)]


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def png_that_declares(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def decode_or_reject(data: bytes) -> None:
    """Decode bytes into a 320×180 picture, or reject them with PictureError, even before cropping."""
    try:
        open_upright(data)
    except PictureError:
        with pytest.raises(PictureError):
            Thumbnail.decode(data)
        return
    thumbnail = Thumbnail.decode(data)
    assert thumbnail.pixels.shape == (180, 320, 3)
    assert thumbnail.pixels.dtype == np.uint8


SMALL = Image.fromarray(pixels(COLOURS["fern"], "small", (32, 18)))
BROKEN_TAGS = Image.Exif()
BROKEN_TAGS[ORIENTATION] = 6
BROKEN_TAGS[0x011A] = 72.0
SEEDS = {
    "JPEG": encode(SMALL, "JPEG", exif=BROKEN_TAGS),
    "progressive JPEG": encode(SMALL, "JPEG", progressive=True, comment=b"hello"),
    "CMYK JPEG": encode(SMALL.convert("CMYK"), "JPEG"),
    "PNG": encode(SMALL.convert("RGBA"), exif=BROKEN_TAGS),
    "palette PNG": encode(SMALL.convert("P"), transparency=3),
    "WebP": encode(SMALL, "WEBP", exif=BROKEN_TAGS),
    "GIF": encode(SMALL.convert("P"), "GIF", save_all=True, append_images=[SMALL.rotate(180).convert("P")]),
}
MAGIC = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x1a\x00\x00\x00WEBPVP8 ", b""]


@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_arbitrary_bytes_are_decoded_or_rejected(magic: bytes, data: bytes) -> None:
    decode_or_reject(magic + data)


@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_a_truncated_file_is_decoded_or_rejected(name: str, data: st.DataObject) -> None:
    whole = SEEDS[name]
    decode_or_reject(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_a_changed_file_is_decoded_or_rejected(name: str, data: st.DataObject) -> None:
    changed = bytearray(SEEDS[name])
    places = st.integers(0, len(changed) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        changed[place] = value
    decode_or_reject(bytes(changed))


@given(
    st.sampled_from(["RGB", "L", "P", "LA", "RGBA", "I;16"]),
    st.sampled_from(["xmp", "transparency", "exif", "Raw profile type exif", "icc_profile", "bbox", "interlace"]),
    st.text(st.characters(codec="latin-1"), max_size=20),
)
def test_a_png_with_any_text_is_decoded_or_rejected(mode: str, name: str, text: str) -> None:
    """Pillow takes a text chunk for its own metadata of the same name, which has another type."""
    chunks = PngInfo()
    chunks.add_text(name, text)
    decode_or_reject(encode(Image.new(mode, (32, 18)), pnginfo=chunks))


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", encode(SMALL, "BMP")])
def test_other_files_are_rejected_with_a_helpful_message(data: bytes) -> None:
    with pytest.raises(PictureError, match="JPEG, PNG, WebP or GIF"):
        Thumbnail.decode(data)


def test_a_broken_tag_does_not_prevent_decoding() -> None:
    resolution = struct.pack("<HHII", 0x011A, 2, 4, 0x00323237)  # declares itself as text
    orientation = struct.pack("<HHIHH", ORIENTATION, 3, 1, 3, 0)
    tags = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + orientation + resolution + struct.pack("<I", 0)
    thumbnail = Thumbnail.decode(encode(quarters(), "WEBP", lossless=True, exif=tags))
    assert corners(thumbnail) == [list(WHITE), list(BLUE), list(GREEN), list(RED)]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_every_lossless_format_gives_the_same_pixels(kind: str) -> None:
    expected = pixels(COLOURS["amber"], "kind")
    data = encode(Image.fromarray(expected), kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert (Thumbnail.decode(data).pixels == expected).all()


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_pictures_are_turned_upright(orientation: int, expected: list[tuple[int, ...]], mode: str) -> None:
    data = encode(quarters().convert(mode), exif=exif(orientation))
    assert corners(Thumbnail.decode(data)) == [list(colour) for colour in expected]


def test_a_jpeg_is_turned_upright() -> None:
    thumbnail = Thumbnail.decode(encode(quarters(), "JPEG", quality=95, exif=exif(6)))
    assert np.abs(np.array(corners(thumbnail)) - [BLUE, RED, WHITE, GREEN]).max() < 10


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparent_parts_become_white(kind: str) -> None:
    layer = Image.new("RGBA", (320, 180), (0, 0, 0, 0))
    layer.paste((*RED, 255), (0, 0, 160, 180))
    thumbnail = Thumbnail.decode(encode(layer, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert corners(thumbnail) == [list(RED), list(WHITE)] * 2


def test_half_transparent_parts_become_half_white() -> None:
    thumbnail = Thumbnail.decode(encode(Image.new("LA", (32, 18), (0, 127))))
    assert (thumbnail.pixels == 128).all()


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palettes_are_resolved_and_their_transparent_colour_becomes_white(kind: str) -> None:
    image = Image.new("P", (320, 180), 0)
    image.putpalette([*GREEN, *RED, *BLUE])
    image.paste(1, (160, 0, 320, 180))
    assert corners(Thumbnail.decode(encode(image, kind))) == [list(GREEN), list(RED)] * 2
    assert corners(Thumbnail.decode(encode(image, kind, transparency=0))) == [list(WHITE), list(RED)] * 2


def test_cmyk_is_converted() -> None:
    thumbnail = Thumbnail.decode(encode(quarters().convert("CMYK"), "JPEG", quality=95))
    assert np.abs(np.array(corners(thumbnail)) - [RED, GREEN, BLUE, WHITE]).max() < 10


def test_16_bit_images_keep_their_brightness() -> None:
    ramp = np.linspace(0x2000, 0xFFFF, 320, dtype=np.uint16)
    thumbnail = Thumbnail.decode(encode(Image.fromarray(np.tile(ramp, (180, 1)))))
    assert np.abs(thumbnail.pixels[90, :, 0].astype(int) - (ramp >> 8)).max() <= 1


def test_1_bit_images_become_black_and_white() -> None:
    image = Image.new("1", (320, 180), 1)
    image.paste(0, (0, 0, 160, 180))
    assert corners(Thumbnail.decode(encode(image)))[1] == list(WHITE)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_only_the_first_frame_of_an_animation_is_used(kind: str) -> None:
    first, second = Image.new("RGB", (320, 180), RED), Image.new("RGB", (320, 180), BLUE)
    data = encode(first, kind, save_all=True, append_images=[second])
    assert np.abs(np.array(corners(Thumbnail.decode(data))) - RED).max() < 10


def difference(one: Thumbnail, other: Thumbnail) -> float:
    return float(np.abs(one.pixels.astype(int) - other.pixels).mean())


def barred(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture scaled to fit and centred on black."""
    frame = Image.new("RGB", size)
    share = min(size[0] / picture.width, size[1] / picture.height)
    inner = picture.resize((round(picture.width * share), round(picture.height * share)))
    frame.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return frame


@pytest.mark.parametrize("size", [(480, 360), (640, 480), (120, 90)])
def test_black_bars_above_and_below_make_no_difference(size: tuple[int, int]) -> None:
    wide = Image.fromarray(pixels(COLOURS["cobalt"], "bars"))
    letterboxed = encode(barred(wide, size), "JPEG", quality=90)
    assert difference(Thumbnail.decode(letterboxed), Thumbnail.decode(encode(wide))) < 5


def test_black_bars_at_the_sides_make_no_difference() -> None:
    old = Image.fromarray(pixels(COLOURS["cobalt"], "bars", (240, 180)))
    pillarboxed = encode(barred(old, (320, 180)), "JPEG", quality=90)
    assert difference(Thumbnail.decode(pillarboxed), Thumbnail.decode(encode(old))) < 5


def test_a_black_part_on_one_side_is_not_cropped() -> None:
    image = quarters()
    image.paste((0, 0, 0), (0, 0, 320, 60))
    assert Thumbnail.decode(encode(image)).pixels[:60].max() == 0


def test_a_black_picture_is_not_cropped() -> None:
    assert Thumbnail.decode(encode(Image.new("RGB", (640, 360)))).pixels.max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 2)])
def test_extreme_sizes_are_decoded(size: tuple[int, int]) -> None:
    thumbnail = Thumbnail.decode(encode(Image.new("RGB", size, RED)))
    assert (thumbnail.pixels == RED).all()


def test_more_than_25_megapixels_are_rejected_undecoded() -> None:
    with pytest.raises(PictureError, match=r"25 megapixels\. Send a smaller one"):
        Thumbnail.decode(png_that_declares(5001, 5000))


@pytest.mark.parametrize("side", [11_000, 60_000, 2**31 - 1])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bombs_are_rejected(side: int) -> None:
    with pytest.raises(PictureError):
        Thumbnail.decode(png_that_declares(side, side))


def test_planes_are_red_green_and_blue() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["amber"], "planes"))
    assert thumbnail.planes.shape == (3, 57_600)
    assert (thumbnail.planes[2].reshape(180, 320) == thumbnail.pixels[..., 2]).all()


def test_a_small_picture_is_enlarged_without_squares() -> None:
    slope = np.repeat(np.arange(0, 240, 3, dtype=np.uint8)[None, :, None], 45, axis=0).repeat(3, axis=2)  # 80×45
    row = Thumbnail.decode(encode(Image.fromarray(slope))).pixels[90, :, 0].astype(int)
    assert np.diff(row).max() <= 2  # squares would be 0, 0, 0, 3


def test_resized_averages_and_puts_channels_first() -> None:
    stripes = np.zeros((180, 320, 3), dtype=np.uint8)
    stripes[::2, :, 1] = 200
    small = Thumbnail(stripes).resized(64, 36)
    assert small.shape == (3, 36, 64)
    assert small.dtype == np.uint8
    assert np.abs(small[1].astype(int) - 100).max() <= 40
    assert small[[0, 2]].max() == 0


def counted(plane: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The share of values in each of 25 bins of equal width from the least to the greatest, the last one closed."""
    low, high = int(plane.min()), int(plane.max())
    counts = [0] * BINS
    for value, times in zip(*np.unique(plane, return_counts=True), strict=True):
        counts[min(BINS * (int(value) - low) // (high - low), BINS - 1)] += int(times)
    return np.array(counts) / plane.size


@given(st.integers(0, 2**32), st.integers(0, 200), st.integers(2, 55))
def test_histograms_match_the_tutorials_definition(seed: int, low: int, spread: int) -> None:
    random = np.random.default_rng(seed)
    thumbnail = Thumbnail(random.integers(low, low + spread, (180, 320, 3), dtype=np.uint8))
    histograms = thumbnail.histograms()
    assert histograms.shape == (4, BINS)
    assert histograms.dtype == np.float32
    np.testing.assert_allclose(histograms.sum(axis=1), [1, 1, 1, 3], rtol=1e-5)
    np.testing.assert_allclose(histograms[3], histograms[:3].sum(axis=0), rtol=1e-5)
    for row, plane in zip(histograms, thumbnail.planes, strict=False):
        np.testing.assert_allclose(row, counted(plane), atol=1e-6)


def test_the_histogram_of_a_constant_picture_is_its_middle_bin() -> None:
    histograms = Thumbnail(np.full((180, 320, 3), 7, dtype=np.uint8)).histograms()
    assert histograms[:3, 12].tolist() == [1, 1, 1]
    assert histograms[3, 12] == 3
    assert histograms.sum() == 6


@pytest.mark.parametrize("colour", [(255, 255, 255), (128, 128, 128), (0, 0, 0)])
@pytest.mark.parametrize("border", [6, 20, 40])
def test_a_frame_of_one_colour_makes_no_difference(colour: tuple[int, int, int], border: int) -> None:
    picture = Image.fromarray(pixels(COLOURS["cobalt"], "frame"))
    framed = ImageOps.expand(picture, border, fill=colour)
    assert (Thumbnail.decode(encode(framed)).pixels == Thumbnail.decode(encode(picture)).pixels).all()


def test_a_picture_on_an_uneven_backdrop_is_not_cropped() -> None:
    backdrop = Image.new("RGB", (320, 180), (250, 250, 250))
    backdrop.paste(Image.fromarray(pixels(COLOURS["cobalt"], "frame", (100, 90))), (150, 60))
    assert (Thumbnail.decode(encode(backdrop)).pixels == np.asarray(backdrop)).all()
