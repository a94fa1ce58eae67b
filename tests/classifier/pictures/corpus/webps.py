"""WebPs: lossy, lossless and animated, lies in every header, notes of every kind, and bombs."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.classifier.pictures.corpus.sample import PICTURE, SMALL, Outcome, Sample, cuts, encode, flips, noise

MILLION = 1_000_000
ANIMATED, XMP, EXIF, ALPHA, ICC = 2, 4, 8, 16, 32


def chunk(name: bytes, data: bytes = b"", *, length: int | None = None) -> bytes:
    """A chunk, whose length may be a lie."""
    return name + struct.pack("<I", len(data) if length is None else length) + data + b"\0" * (len(data) % 2)


def webp(*chunks: bytes, length: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if length is None else length) + body


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    size = (width - 1).to_bytes(4, "little")[:3] + (height - 1).to_bytes(4, "little")[:3]
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size)


def still(image: Image.Image, **options: object) -> bytes:
    """The image chunk of a simple WebP."""
    return encode(image, "WEBP", **options)[12:]


def frame(image: bytes, width: int, height: int, *, length: int | None = None) -> bytes:
    place = bytes(6) + (width - 1).to_bytes(4, "little")[:3] + (height - 1).to_bytes(4, "little")[:3] + b"\x64\0\0\0"
    return chunk(b"ANMF", place + image, length=length)


LOSSY, LOSSLESS = still(SMALL), still(SMALL, lossless=True)
ANIMATION = chunk(b"ANIM", bytes(6))


def samples() -> Iterator[Sample]:
    """All of them."""
    for name, image in (("lossy WebP", LOSSY), ("lossless WebP", LOSSLESS)):
        yield Sample(name, webp(image), Outcome.ANSWERED)
        yield from cuts(name, webp(image))
        yield from flips(name, webp(image))
        yield Sample(f"{name} with a canvas", webp(canvas(64, 36), image), Outcome.ANSWERED)
        yield Sample(
            f"{name}, animated", webp(canvas(64, 36, ANIMATED), ANIMATION, frame(image, 64, 36) * 3), Outcome.ANSWERED
        )
        yield from _notes(name, image)
        yield from _lies(name, image)
    alpha = PICTURE.convert("RGBA")
    alpha.putalpha(PICTURE.convert("L"))
    for lossless in (False, True):
        yield Sample(
            f"WebP with transparency, lossless {lossless}", encode(alpha, "WEBP", lossless=lossless), Outcome.ANSWERED
        )
    frames = [alpha.rotate(turn) for turn in (90, 180)]
    yield Sample("animated WebP", encode(alpha, "WEBP", save_all=True, append_images=frames), Outcome.ANSWERED)
    yield from cuts("animated WebP", encode(SMALL, "WEBP", save_all=True, append_images=[SMALL.rotate(90)]))
    yield Sample("WebP without an image", webp(), Outcome.REFUSED)
    yield Sample("WebP of only a canvas", webp(canvas(64, 36)), Outcome.REFUSED)
    yield Sample("WebP of only transparency", webp(canvas(64, 36, ALPHA), chunk(b"ALPH", bytes(9))), Outcome.REFUSED)
    yield Sample("WebP with broken transparency", webp(canvas(64, 36, ALPHA), chunk(b"ALPH", b"\xff"), LOSSY))
    yield Sample("animated WebP without ANIM", webp(canvas(64, 36, ANIMATED), frame(LOSSY, 64, 36)))
    yield Sample("animated WebP without a frame", webp(canvas(64, 36, ANIMATED), ANIMATION), Outcome.REFUSED)
    yield Sample("animated WebP with a still image", webp(canvas(64, 36, ANIMATED), ANIMATION, LOSSY), Outcome.REFUSED)
    yield Sample("still WebP with a frame", webp(canvas(64, 36), ANIMATION, frame(LOSSY, 64, 36)), Outcome.REFUSED)
    yield Sample("RIFF that is no WebP", b"RIFF\x24\0\0\0WAVEfmt " + bytes(100), Outcome.REFUSED)


def costly() -> Iterator[Sample]:
    """Those that would take long, or much memory."""
    yield Sample("lossy WebP of 16383×16383, declared", webp(canvas(16_383, 16_383), LOSSY), Outcome.REFUSED)
    yield Sample(
        "lossless WebP of 16383×16383, declared",
        webp(LOSSLESS[:8] + struct.pack("<BI", 0x2F, 0x0FFFFFFF) + LOSSLESS[13:]),
        Outcome.REFUSED,
    )
    yield Sample(
        "lossless WebP of 1×16383", encode(Image.new("RGB", (1, 16_383)), "WEBP", lossless=True), Outcome.ANSWERED
    )
    for width, height in ((3840, 2160), (4000, 3000), (5000, 5000)):
        plain = Image.new("RGBA", (width, height), (9, 99, 199, 100))
        for lossless in (False, True):
            yield Sample(
                f"WebP of {width}×{height}, lossless {lossless}", encode(plain, "WEBP", lossless=lossless, method=0)
            )
            image = still(plain.convert("RGB"), lossless=lossless, method=0)
            yield Sample(
                f"animated WebP of {width}×{height}, lossless {lossless}",
                webp(canvas(width, height, ANIMATED), ANIMATION, frame(image, width, height) * 50),
            )
    yield Sample(
        "WebP of 3840×2160, lossy", encode(noise(960, 540).resize((3840, 2160)), "WEBP", method=0), Outcome.ANSWERED
    )
    yield Sample(
        "WebP of 6 megapixels of noise, lossless",
        encode(noise(3000, 1000), "WEBP", lossless=True, method=0, quality=0),
        Outcome.ANSWERED,
    )
    small, image = webp(canvas(64, 36, ANIMATED), ANIMATION), frame(LOSSY, 64, 36)
    many = image * (9 * MILLION // len(image))
    yield Sample("animated WebP of as many frames as fit", webp(small[12:], many), Outcome.ANSWERED)
    tiny = frame(still(Image.new("RGB", (1, 1)), lossless=True), 1, 1)
    yield Sample(
        "animated WebP of tiny frames",
        webp(canvas(64, 36, ANIMATED), ANIMATION, tiny * (9 * MILLION // len(tiny))),
        Outcome.ANSWERED,
    )
    for name in (b"ICCP", b"ABCD", b"EXIF", b"ALPH"):
        flood = chunk(name) * MILLION
        yield Sample(f"WebP with a million {name.decode()} before its image", webp(canvas(64, 36), flood, LOSSY))
        yield Sample(
            f"WebP with a million {name.decode()} behind its image",
            webp(canvas(64, 36), LOSSY, flood),
            Outcome.ANSWERED,
        )


def _notes(name: str, image: bytes) -> Iterator[Sample]:
    for what, note in {
        "a colour profile, broken": chunk(b"ICCP", b"nonsense"),
        "a colour profile of 5 MB": chunk(b"ICCP", bytes(5 * MILLION)),
        "EXIF, broken": chunk(b"EXIF", b"Exif\0\0nonsense"),
        "EXIF, empty": chunk(b"EXIF"),
        "EXIF with an orientation of 0": chunk(b"EXIF", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\0\0\0"),
        "XMP, broken": chunk(b"XMP ", b"<x tiff:Orientation='6'"),
        "an unknown chunk": chunk(b"\0\1\2\3", b"x"),
    }.items():
        for flags in (0, ICC | EXIF | XMP):
            head = canvas(64, 36, flags)
            yield Sample(f"{name} with {what}, flags {flags}", webp(head, note, image), Outcome.ANSWERED)
            yield Sample(f"{name} with {what} behind it, flags {flags}", webp(head, image, note), Outcome.ANSWERED)
    yield Sample(f"{name} with something behind it", webp(image) + b"PK\3\4" + bytes(1000), Outcome.ANSWERED)


def _lies(name: str, image: bytes) -> Iterator[Sample]:
    whole = webp(image)
    for length in (0, 1, 4, 12, len(whole) - 9, len(whole) - 7, len(whole), 2**31, 2**32 - 1):
        yield Sample(f"{name} of {length} bytes", webp(image, length=length))
    for length in (0, 1, 10, len(image), 2**31, 2**32 - 1):
        yield Sample(f"{name} with an image of {length}", webp(image[:4] + struct.pack("<I", length) + image[8:]))
        yield Sample(
            f"{name} with a frame of {length}",
            webp(canvas(64, 36, ANIMATED), ANIMATION, frame(image, 64, 36, length=length)),
        )
    for size in (
        (1, 1),
        (63, 36),
        (65, 36),
        (640, 360),
        (5000, 5000),
        (16_383, 16_383),
        (1 << 24, 1),
        (1 << 24, 1 << 24),
    ):
        yield Sample(f"{name} on a canvas of {size[0]}×{size[1]}", webp(canvas(*size), image))
        yield Sample(
            f"{name}, animated on a canvas of {size[0]}×{size[1]}",
            webp(canvas(*size, ANIMATED), ANIMATION, frame(image, 64, 36)),
        )
        yield Sample(
            f"{name} in a frame of {size[0]}×{size[1]}", webp(canvas(64, 36, ANIMATED), ANIMATION, frame(image, *size))
        )
    for flags in (ANIMATED, ALPHA, 0xFF):
        yield Sample(f"{name} with flags {flags}", webp(canvas(64, 36, flags), image))
    yield Sample(f"{name} twice", webp(image, image))
    yield Sample(f"{name} whose canvas comes last", webp(image, canvas(64, 36)))
    yield Sample(f"{name} whose canvas is cut short", webp(chunk(b"VP8X", b"\0"), image), Outcome.REFUSED)
    for number in range(5, 15):
        yield Sample(f"{name}, its byte {number} 255", webp(image[: 8 + number] + b"\xff" + image[9 + number :]))
        yield Sample(f"{name}, its byte {number} 0", webp(image[: 8 + number] + b"\0" + image[9 + number :]))
