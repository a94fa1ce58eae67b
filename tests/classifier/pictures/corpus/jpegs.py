"""JPEGs: every way to store them, lies in every header, notes of every kind, and bombs."""

import re
import struct
from collections.abc import Iterator

from PIL import Image

from tests.classifier.pictures.corpus.sample import PICTURE, SMALL, Outcome, Sample, cuts, encode, flips, noise

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SCAN, _END = 0xDA, 0xD9
MILLION = 1_000_000


def segment(marker: int, data: bytes = b"", *, length: int | None = None) -> bytes:
    """A segment, whose length may be a lie."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2 if length is None else length) + data


def segments(data: bytes) -> list[tuple[int, bytes]]:
    """The markers of a sound JPEG, each with all of its bytes."""
    found, place = [], 2
    while True:
        marker = data[place + 1]
        if marker == _END:
            return found
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if marker == _SCAN:
            following = _MARKER.search(data, end)
            end = following.start() if following else len(data)
        found.append((marker, data[place:end]))
        place = end


def jpeg(*parts: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xd9"


def with_notes(*notes: bytes) -> bytes:
    """A sound JPEG with more segments at its start."""
    whole = encode(PICTURE, "JPEG")
    return whole[:2] + b"".join(notes) + whole[2:]


def with_frame(
    height: int,
    width: int,
    components: bytes = b"",
    *,
    marker: int = 0xC0,
    precision: int = 8,
    count: int | None = None,
) -> bytes:
    """A JPEG of 64×36 pixels with another frame header."""
    parts = components or b"\1\x22\0\2\x11\1\3\x11\1"
    frame = segment(
        marker, struct.pack(">BHHB", precision, height, width, len(parts) // 3 if count is None else count) + parts
    )
    return jpeg(*(frame if found == 0xC0 else part for found, part in segments(encode(SMALL, "JPEG"))))


def scans(width: int, height: int, which: int, times: int, **options: object) -> bytes:
    """A progressive JPEG, one of whose scans comes many times."""
    parts = segments(encode(Image.new("RGB", (width, height), (200, 90, 40)), "JPEG", progressive=True, **options))
    places = [place for place, (marker, _) in enumerate(parts) if marker == _SCAN]
    tables = b"".join(part for marker, part in parts[places[which - 1] + 1 : places[which]] if marker == 0xC4)
    again = tables + parts[places[which]][1]
    return jpeg(*(part for _, part in parts), again * times)


def samples() -> Iterator[Sample]:
    """All of them."""
    yield from _kinds()
    yield from _notes()
    yield from _lies()
    for name, options in (
        ("JPEG", {}),
        ("progressive JPEG", {"progressive": True}),
        ("JPEG with restarts", {"restart_marker_blocks": 2}),
    ):
        whole = encode(SMALL, "JPEG", **options)
        yield from cuts(name, whole)
        yield from flips(name, whole)


def costly() -> Iterator[Sample]:
    """Those that would take long, or much memory."""
    large = noise(625, 625).resize((5000, 5000))
    for quality in (10, 90):
        yield Sample(
            f"JPEG of 25 megapixels, quality {quality}", encode(large, "JPEG", quality=quality), Outcome.ANSWERED
        )
        yield Sample(
            f"progressive JPEG of 25 megapixels, quality {quality}",
            encode(large, "JPEG", quality=quality, progressive=True),
            Outcome.ANSWERED,
        )
    yield Sample(
        "progressive JPEG of 25 megapixels, full colour",
        encode(large, "JPEG", quality=10, progressive=True, subsampling=0),
    )
    yield Sample("CMYK JPEG of 25 megapixels", encode(large.convert("CMYK"), "JPEG", quality=10))
    long = noise(1310, 381).resize((65_500, 381))
    for progressive in (False, True):
        yield Sample(
            f"JPEG of 65500×381{', progressive' * progressive}",
            encode(long, "JPEG", quality=30, progressive=progressive),
        )
        tall = long.transpose(Image.Transpose.ROTATE_90)
        yield Sample(
            f"JPEG of 381×65500{', progressive' * progressive}",
            encode(tall, "JPEG", quality=30, progressive=progressive),
        )
    yield Sample("JPEG of 65535×1", encode(Image.new("L", (65_500, 1)), "JPEG"), Outcome.ANSWERED)
    for which in range(1, 10):
        yield Sample(f"25 megapixels, scan {which} eight times", scans(5000, 5000, which, 8))
        yield Sample(f"25 megapixels, scan {which} 1,000 times", scans(5000, 5000, which, 1000), Outcome.REFUSED)
    yield Sample("64×36 pixels, a scan 1,000 times", scans(64, 36, 9, 1000), Outcome.ANSWERED)
    yield Sample("64×36 pixels, a scan 100,000 times", scans(64, 36, 9, 100_000), Outcome.REFUSED)
    flat = segments(encode(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True))
    first = next(place for place, (marker, _) in enumerate(flat) if marker == _SCAN)
    yield Sample("25 megapixels, only a first scan", jpeg(*(part for _, part in flat[: first + 1])))
    for name, note in (
        ("comments", segment(0xFE)),
        ("tables", segment(0xDD, b"\0\0")),
        ("notes", segment(0xE5)),
        ("FF", b"\xff" * 4),
    ):
        yield Sample(f"9 MB of {name} before the picture", with_notes(note * (9 * MILLION // len(note))))
        whole = encode(SMALL, "JPEG")
        yield Sample(f"9 MB of {name} behind the scan", whole[:-2] + note * (9 * MILLION // len(note)) + whole[-2:])
    yield Sample("9 MB of long comments", with_notes(segment(0xFE, bytes(65_533)) * 137), Outcome.ANSWERED)
    body = dict(segments(encode(SMALL, "JPEG")))
    start = [part for marker, part in segments(encode(SMALL, "JPEG")) if marker != _SCAN]
    for name, filler in (
        ("FF 00", b"\xff\0"),
        ("restarts", b"\xff\xd0\xff\xd1"),
        ("zeros", b"\0"),
        ("ones", b"\xff\xff"),
    ):
        yield Sample(f"9 MB of {name} in the scan", jpeg(*start, body[_SCAN] + filler * (9 * MILLION // len(filler))))


def _kinds() -> Iterator[Sample]:
    for sampling in (0, 1, 2):
        for progressive in (False, True):
            yield Sample(
                f"JPEG, sampling {sampling}{', progressive' * progressive}",
                encode(PICTURE, "JPEG", subsampling=sampling, progressive=progressive),
                Outcome.ANSWERED,
            )
    for mode in ("L", "CMYK"):
        yield Sample(f"JPEG of mode {mode}", encode(PICTURE.convert(mode), "JPEG"), Outcome.ANSWERED)
    yield Sample("JPEG that keeps RGB", encode(PICTURE, "JPEG", keep_rgb=True), Outcome.ANSWERED)
    yield Sample("JPEG with restarts", encode(PICTURE, "JPEG", restart_marker_rows=1), Outcome.ANSWERED)
    for colours in range(4):
        adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([colours]))
        yield Sample(f"JPEG with Adobe's colours {colours}", with_notes(adobe), Outcome.ANSWERED)
    parts = [part for marker, part in segments(encode(PICTURE, "JPEG")) if marker != 0xE0]
    yield Sample("JPEG without JFIF", jpeg(*parts), Outcome.ANSWERED)
    yield Sample("JPEG with fill bytes", jpeg(*(b"\xff" * 9 + part for part in parts)), Outcome.ANSWERED)
    yield Sample(
        "MPO of two pictures", encode(PICTURE, "MPO", save_all=True, append_images=[PICTURE]), Outcome.ANSWERED
    )


def _notes() -> Iterator[Sample]:
    exif = b"Exif\0\0"
    notes = {
        "a comment": segment(0xFE, b"hello"),
        "an empty comment": segment(0xFE),
        "EXIF, empty": segment(0xE1, exif),
        "EXIF, broken": segment(0xE1, exif + b"II*\0\xff\xff\xff\xff"),
        "EXIF of nonsense": segment(0xE1, exif + b"nonsense"),
        "EXIF with tags in a circle": segment(
            0xE1, exif + b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
        ),
        "EXIF with a thumbnail": segment(0xE1, exif + b"MM\0*\0\0\0\x08\0\0\0\0\0\0" + encode(SMALL, "JPEG")),
        "EXIF with an orientation of 65535": segment(0xE1, exif + b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\xff\xff\0\0"),
        "EXIF with an orientation of text": segment(0xE1, exif + b"MM\0*\0\0\0\x08\0\1\1\x12\0\2\0\0\0\1\0\6\0\0"),
        "XMP, broken": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x"),
        "a colour profile, broken": segment(0xE2, b"ICC_PROFILE\0\1\1nonsense"),
        "a colour profile, part 2 of 1": segment(0xE2, b"ICC_PROFILE\0\2\1x"),
        "a colour profile, part 0 of 0": segment(0xE2, b"ICC_PROFILE\0\0\0"),
        "an index of pictures, broken": segment(0xE2, b"MPF\0II*\0\x08\0\0\0\1\0"),
        "Photoshop's notes, broken": segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\xff"),
        "Photoshop's notes, endless": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\xff\xff\xff\xff"),
        "JFIF, cut short": segment(0xE0, b"JFIF\0"),
        "JFIF with a density of 0": segment(0xE0, b"JFIF\0\1\2\1\0\0\0\0\0\0"),
        "JFIF with a thumbnail": segment(0xE0, b"JFIF\0\1\2\1\0\1\0\1\2\2" + bytes(12)),
        "JFXX": segment(0xE0, b"JFXX\0\x10" + encode(SMALL, "JPEG")),
        "Adobe, cut short": segment(0xEE, b"Adobe"),
        "Ducky": segment(0xEC, b"Ducky"),
        "a scan in a comment": segment(0xFE, b"\xff\xda\0\2" * 9000),
        "an end in a comment": segment(0xFE, b"\xff\xd9"),
        "all notes": b"".join(segment(marker, b"x" * marker) for marker in range(0xE1, 0xF0) if marker != 0xEE),
    }
    for name, note in notes.items():
        yield Sample(f"JPEG with {name}", with_notes(note), Outcome.ANSWERED)
    whole = encode(PICTURE, "JPEG")
    yield Sample("JPEG with something behind it", whole + b"PK\3\4" + bytes(1000), Outcome.ANSWERED)
    yield Sample("JPEG with another behind it", whole + whole, Outcome.ANSWERED)
    yield Sample("JPEG with a note behind the scan", whole[:-2] + segment(0xFE, b"x") + whole[-2:], Outcome.ANSWERED)


def _lies() -> Iterator[Sample]:
    for size in ((0, 64), (36, 0), (0, 0), (65_535, 65_535), (5001, 5000)):
        yield Sample(f"JPEG that declares {size[1]}×{size[0]}", with_frame(*size), Outcome.REFUSED)
    for size in ((1, 1), (35, 63), (37, 65), (360, 640), (5000, 5000), (381, 65_535), (65_535, 381)):
        yield Sample(f"JPEG that declares {size[1]}×{size[0]}", with_frame(*size))
        yield Sample(f"JPEG that declares {size[1]}×{size[0]}, progressive", with_frame(*size, marker=0xC2))
    for marker in range(0xC0, 0xD0):
        yield Sample(f"JPEG with frame {marker:X}", with_frame(36, 64, marker=marker))
    for precision in (0, 1, 7, 9, 12, 16, 255):
        yield Sample(f"JPEG of {precision} bits", with_frame(36, 64, precision=precision))
    for count in (0, 1, 2, 4, 5, 255):
        yield Sample(f"JPEG of {count} components", with_frame(36, 64, count=count))
    for sampling in (0x00, 0x01, 0x10, 0x14, 0x41, 0x44, 0x55, 0xFF):
        yield Sample(
            f"JPEG, sampling {sampling:02X}", with_frame(36, 64, bytes([1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1]))
        )
        yield Sample(
            f"JPEG, colours sampled {sampling:02X}",
            with_frame(36, 64, bytes([1, 0x11, 0, 2, sampling, 1, 3, sampling, 1])),
        )
        yield Sample(
            f"large JPEG, colours sampled {sampling:02X}",
            with_frame(5000, 5000, bytes([1, 0x11, 0, 2, sampling, 1, 3, sampling, 1])),
        )
    yield Sample("JPEG, all components alike", with_frame(36, 64, b"\1\x11\0" * 3))
    yield Sample("JPEG, unknown quantisation", with_frame(36, 64, b"\1\x22\3\2\x11\3\3\x11\xff"))
    parts = segments(encode(SMALL, "JPEG"))
    for marker in dict.fromkeys(found for found, _ in parts):
        name = f"{marker:X}"
        yield Sample(f"JPEG without {name}", jpeg(*(part for found, part in parts if found != marker)))
        yield Sample(f"JPEG with two {name}", jpeg(*(part * (1 + (found == marker)) for found, part in parts)))
        for length in (0, 1, 2, 3, 65_535):
            lie = [part[:2] + length.to_bytes(2) + part[4:] if found == marker else part for found, part in parts]
            yield Sample(f"JPEG with {name} of {length}", jpeg(*lie))
    yield Sample("JPEG, its segments reversed", jpeg(*(part for _, part in reversed(parts))))
    yield Sample("JPEG without an end", jpeg(*(part for _, part in parts))[:-2])
    yield Sample("JPEG with a second start", b"\xff\xd8" + jpeg(*(part for _, part in parts)))
    for marker in (0x01, 0x02, 0xBF, 0xD0, 0xD8, 0xDC, 0xDE, 0xF0, 0xFD):
        yield Sample(f"JPEG with marker {marker:02X}", with_notes(segment(marker, b"\0\0")))
        whole = encode(SMALL, "JPEG")
        yield Sample(f"JPEG with marker {marker:02X} in its scan", whole[:-20] + segment(marker, b"\0\0") + whole[-20:])
    for interval in (1, 2, 65_535):
        yield Sample(f"JPEG that says it restarts after {interval}", with_notes(segment(0xDD, interval.to_bytes(2))))
    for table in (
        b"",
        b"\0",
        b"\x55",
        b"\0" + b"\xff" * 16 + bytes(4000),
        b"\0" + bytes(16),
        b"\x10" + bytes([2] * 16) + bytes(32),
    ):
        yield Sample(f"JPEG with a code of {len(table)} bytes", with_notes(segment(0xC4, table)))
        yield Sample(f"JPEG with a quantisation of {len(table)} bytes", with_notes(segment(0xDB, table)))
    yield Sample("JPEG of only a start", b"\xff\xd8\xff", Outcome.REFUSED)
    yield Sample("JPEG of a start and an end", b"\xff\xd8\xff\xd9", Outcome.REFUSED)
