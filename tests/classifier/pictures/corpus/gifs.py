"""GIFs: palettes, frames and blocks of all kinds, lies in every header, and bombs."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.classifier.pictures.corpus.sample import PICTURE, SMALL, Outcome, Sample, cuts, encode, flips

MILLION = 1_000_000
PIXELS = b"\x08" + b"\x04\0\1\4\4" + b"\0"  # a code or two
CONTROL = b"!\xf9\4\1\0\0\0\0"


def gif(
    *blocks: bytes,
    screen: tuple[int, int] = (64, 36),
    flags: int = 0xF7,
    palette: bytes = bytes(range(256)) * 3,
    end: bytes = b";",
) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", *screen, flags, 0, 0) + palette + b"".join(blocks) + end


def frame(
    left: int = 0, top: int = 0, width: int = 64, height: int = 36, flags: int = 0, pixels: bytes = PIXELS
) -> bytes:
    return b"," + struct.pack("<HHHHB", left, top, width, height, flags) + pixels


def blocks(data: bytes, size: int = 255) -> bytes:
    """Data in blocks of a size."""
    return (
        b"".join(bytes([len(data[at : at + size])]) + data[at : at + size] for at in range(0, len(data), size)) + b"\0"
    )


def samples() -> Iterator[Sample]:
    """All of them."""
    whole = encode(SMALL.convert("P"), "GIF", transparency=3)
    yield from cuts("GIF", whole)
    yield from flips("GIF", whole)
    for interlaced in (0, 1):
        yield Sample(
            f"GIF, interlaced {interlaced}", encode(PICTURE.convert("P"), "GIF", interlace=interlaced), Outcome.ANSWERED
        )
    frames = [PICTURE.rotate(turn).convert("P") for turn in (90, 180)]
    for disposal in range(4):
        yield Sample(
            f"GIF of three frames, disposal {disposal}",
            encode(PICTURE.convert("P"), "GIF", save_all=True, append_images=frames, disposal=disposal),
            Outcome.ANSWERED,
        )
    yield Sample("GIF87a", b"GIF87a" + whole[6:], Outcome.ANSWERED)
    yield Sample("GIF88a", b"GIF88a" + whole[6:], Outcome.REFUSED)
    body = encode(PICTURE.convert("P"), "GIF")
    start = 13 + (3 << (body[10] & 7) + 1)
    notes = {
        "a comment": b"!\xfe" + blocks(b"hello"),
        "a comment of 1 MB": b"!\xfe" + blocks(bytes(MILLION)),
        "XMP": b"!\xff\x0bXMP DataXMP" + blocks(b"<x tiff:Orientation='6'/>"),
        "a loop": b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0",
        "a loop, broken": b"!\xff\x0bNETSCAPE2.0\1\1\0",
        "a program's block without a name": b"!\xff\0",
        "text": b"!\1\x0c" + bytes(12) + b"\2hi\0",
        "an unknown block": b"!\x42" + blocks(b"x" * 600),
        "a control block, too short": b"!\xf9\1\1\0",
        "a control block, too long": b"!\xf9\x09" + b"\1" * 9 + b"\0",
        "many control blocks": CONTROL * 1000,
        "junk between its blocks": b"\0\0\0abc",
    }
    for name, note in notes.items():
        yield Sample(f"GIF with {name}", body[:start] + note + body[start:], Outcome.ANSWERED)
    for screen in ((0, 0), (1, 1), (65_535, 65_535), (5001, 5000), (5000, 5000), (65_535, 1), (65_535, 381)):
        yield Sample(f"GIF that declares {screen[0]}×{screen[1]}", gif(CONTROL, frame(), screen=screen))
    for size in ((0, 0), (1, 1), (65_535, 65_535), (5000, 5000), (65_535, 381), (64, 0)):
        yield Sample(f"GIF with a frame of {size[0]}×{size[1]}", gif(frame(width=size[0], height=size[1])))
        yield Sample(f"GIF with a frame of {size[0]}×{size[1]} far away", gif(frame(65_535, 65_535, *size)))
    for code in (0, 1, 2, 7, 9, 11, 12, 13, 255):
        yield Sample(f"GIF with codes of {code} bits", gif(frame(pixels=bytes([code]) + PIXELS[1:])))
    for flags in (0, 0x80, 0x87, 0x40, 0xFF):
        yield Sample(f"GIF with screen flags {flags:02X}", gif(frame(), flags=flags))
        yield Sample(f"GIF with frame flags {flags:02X}", gif(frame(flags=flags)))
    yield Sample("GIF without a palette", gif(frame(), flags=0, palette=b""))
    yield Sample("GIF whose palette is cut short", gif(frame(), palette=b"\1\2\3"))
    yield Sample("GIF without a frame", gif(), Outcome.REFUSED)
    yield Sample("GIF of only comments", gif(b"!\xfe\1x\0" * 100), Outcome.REFUSED)
    yield Sample("GIF without an end", gif(frame(), end=b""))
    yield Sample("GIF without pixels", gif(frame(pixels=b"")))
    yield Sample("GIF with an endless block", gif(b"!\xfe" + b"\xff" * 5000, end=b""), Outcome.REFUSED)
    yield Sample("GIF with unknown codes", gif(frame(pixels=b"\x08" + blocks(b"\xff" * 2000))))
    yield Sample("GIF with something behind it", body + b"PK\3\4" + bytes(1000), Outcome.ANSWERED)
    yield Sample("GIF that is a script", b"GIF89a/*" + bytes(100) + b"*/=1;alert(1)", Outcome.REFUSED)


def costly() -> Iterator[Sample]:
    """Those that would take long, or much memory."""
    for size in ((5000, 5000), (381, 65_535), (65_535, 381)):
        for interlaced in (0, 1):
            yield Sample(
                f"GIF of {size[0]}×{size[1]}, interlaced {interlaced}",
                encode(Image.new("P", size, 3), "GIF", interlace=interlaced, transparency=3),
                Outcome.ANSWERED,
            )
    yield Sample("GIF of 1×65535", encode(Image.new("P", (1, 65_535)), "GIF"), Outcome.ANSWERED)
    yield Sample("GIF of 450,000 frames", gif(frame() * 450_000))
    yield Sample("GIF of frames of 65535×65535", gif(frame(), frame(width=65_535, height=65_535) * 400_000))
    for size in (1, 2, 255):
        note = b"!\xfe" + blocks(bytes(8 * MILLION // (1 + size) * size), size)
        yield Sample(f"GIF with 8 MB of comment in blocks of {size}", gif(note, frame()))
        yield Sample(
            f"GIF with 8 MB of pixels in blocks of {size}",
            gif(frame(pixels=b"\x08" + blocks(bytes(8 * MILLION // (1 + size) * size), size))),
        )
    for name, block in (
        ("empty comments", b"!\xfe\0"),
        ("control blocks", CONTROL),
        ("junk", b"\0"),
        ("programs", b"!\xff\0"),
    ):
        yield Sample(f"GIF with 9 MB of {name}", gif(block * (9 * MILLION // len(block)), frame()))
    cleared = b"\x07" + blocks(b"\x80" * 8 * MILLION)
    yield Sample("GIF of clear codes", gif(frame(width=5000, height=5000, pixels=cleared), screen=(5000, 5000)))
