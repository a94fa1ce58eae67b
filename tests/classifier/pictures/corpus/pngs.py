"""PNGs: every mode, lies in every header, notes of every kind, and bombs."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.classifier.pictures.corpus.sample import PICTURE, SMALL, Outcome, Sample, cuts, encode, flips

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOURS, PALETTE, GREY_ALPHA, COLOURS_ALPHA = 0, 2, 3, 4, 6
_SAMPLES = {GREY: 1, COLOURS: 3, PALETTE: 1, GREY_ALPHA: 2, COLOURS_ALPHA: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
MILLION = 1_000_000


def chunk(name: bytes, data: bytes = b"", *, length: int | None = None, checksum: int | None = None) -> bytes:
    """A chunk, whose length and checksum may be lies."""
    real = zlib.crc32(name + data)
    return (
        struct.pack(">I", len(data) if length is None else length)
        + name
        + data
        + struct.pack(">I", real if checksum is None else checksum)
    )


def header(width: int, height: int, depth: int = 8, colour: int = COLOURS, *rest: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, *(rest or (0, 0, 0))))


def png(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND")


def lines(width: int, height: int, bits: int, kind: int = 0) -> bytes:
    """Unpacked rows of a filter's kind, all alike."""
    size = (width * bits + 7) // 8
    return (bytes([kind]) + (bytes(range(7)) * (size // 7 + 1))[:size]) * height


def plain(
    width: int, height: int, depth: int = 8, colour: int = COLOURS, kind: int = 4, *, interlaced: bool = False
) -> bytes:
    """A PNG of few bytes that unpacks to full size."""
    bits = depth * _SAMPLES[colour]
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    rows = (
        lines(-(-(width - left) // across), -(-(height - top) // down), bits, kind)
        for left, top, across, down in passes
        if width > left and height > top
    )
    palette = chunk(b"PLTE", bytes(range(256)) * 3) + chunk(b"tRNS", bytes(256)) if colour == PALETTE else b""
    head = header(width, height, depth, colour, 0, 0, int(interlaced))
    return png(head, palette, chunk(b"IDAT", zlib.compress(b"".join(rows), 1)))


def with_notes(*notes: bytes) -> bytes:
    """A sound PNG with more chunks behind its header."""
    whole = encode(PICTURE, "PNG")
    return whole[:33] + b"".join(notes) + whole[33:]


def samples() -> Iterator[Sample]:
    """All of them."""
    yield from _modes()
    yield from _notes()
    yield from _lies()
    whole = encode(SMALL.convert("P"), "PNG", transparency=3)
    yield from cuts("PNG", whole)
    yield from flips("PNG", whole)
    yield from flips("interlaced PNG", plain(64, 36, interlaced=True))


def costly() -> Iterator[Sample]:
    """Those that would take long, or much memory."""
    for colour, depth in ((GREY, 1), (GREY, 16), (PALETTE, 8), (GREY_ALPHA, 8), (COLOURS, 8), (COLOURS_ALPHA, 8)):
        yield Sample(f"PNG of 25 megapixels, colour {colour}", plain(5000, 5000, depth, colour), Outcome.ANSWERED)
    yield Sample("PNG of 25 megapixels, interlaced", plain(5000, 5000, 8, COLOURS_ALPHA, interlaced=True))
    yield Sample("PNG of 25 megapixels, 1 bit, interlaced", plain(5000, 5000, 1, GREY, 0, interlaced=True))
    yield Sample("PNG of 25 megapixels, 16 bits", plain(5000, 5000, 16, COLOURS_ALPHA), Outcome.REFUSED)
    yield Sample("PNG of 16 megapixels, 16 bits", plain(4000, 4000, 16, COLOURS_ALPHA))
    yield Sample("PNG of 65535×381", plain(65_535, 381, 8, COLOURS_ALPHA))
    yield Sample("PNG of 381×65535", plain(381, 65_535, 8, COLOURS_ALPHA))
    yield Sample("PNG of 1×65535", plain(1, 65_535), Outcome.ANSWERED)
    yield Sample("PNG of 65535×1", plain(65_535, 1), Outcome.ANSWERED)
    yield Sample("PNG of 1×25000000", plain(1, 25 * MILLION, 1, GREY, 0), Outcome.REFUSED)
    yield Sample("PNG of 25000000×1", plain(25 * MILLION, 1, 1, GREY, 0), Outcome.REFUSED)
    flood = chunk(b"IDAT", zlib.compress(lines(64, 36, 24)))
    for name in (b"IDAT", b"tEXt", b"fdAT", b"prVt", b"tRNS", b"PLTE"):
        empty = chunk(name) * (9 * MILLION // 12)
        yield Sample(f"750,000 empty {name.decode()} before the pixels", png(header(64, 36), empty, flood))
        yield Sample(f"750,000 empty {name.decode()} behind the pixels", png(header(64, 36), flood, empty))
    bits = zlib.compress(lines(320, 180, 24))
    yield Sample(
        "pixels in a chunk for each byte",
        png(header(320, 180), *(chunk(b"IDAT", bits[at : at + 1]) for at in range(len(bits)))),
    )
    bomb = zlib.compress(b"\0" * (500 * MILLION), 9)
    yield Sample("pixels that unpack to 500 MB", png(header(320, 180), chunk(b"IDAT", bomb)), Outcome.ANSWERED)
    for name, head in (
        (b"zTXt", b"a\0\0"),
        (b"iTXt", b"a\0\x01\0\0\0"),
        (b"iCCP", b"a\0\0"),
        (b"zTXt", b"Raw profile type exif\0\0"),
    ):
        yield Sample(f"{name.decode()} that unpacks to 500 MB", with_notes(chunk(name, head + bomb)), Outcome.ANSWERED)
    yield Sample(
        "8,000 zTXt that unpack to 1 MB each",
        with_notes(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(MILLION))) * 8000),
        Outcome.ANSWERED,
    )
    frame = struct.pack(">IIIIIHHBB", 0, 64, 36, 0, 0, 1, 1, 0, 0)
    frames = chunk(b"fcTL", frame) + chunk(b"fdAT", b"\0\0\0\1" + zlib.compress(lines(64, 36, 24)))
    many = b"".join(frames for _ in range(20_000))
    yield Sample(
        "APNG of 20,000 frames",
        png(header(64, 36), chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), flood, many),
        Outcome.ANSWERED,
    )


def _modes() -> Iterator[Sample]:
    for mode in ("1", "L", "P", "LA", "RGB", "RGBA", "I;16"):
        image = Image.new(mode, (320, 180), 300) if mode == "I;16" else PICTURE.convert(mode)
        yield Sample(f"PNG of mode {mode}", encode(image, "PNG"), Outcome.ANSWERED)
    for colour, depths in (
        (GREY, (1, 2, 4, 8, 16)),
        (PALETTE, (1, 2, 4, 8)),
        (COLOURS, (8, 16)),
        (GREY_ALPHA, (8, 16)),
        (COLOURS_ALPHA, (8, 16)),
    ):
        for depth in depths:
            for kind in range(5):
                for interlaced in (False, True):
                    yield Sample(
                        f"PNG, colour {colour}, {depth} bits, filter {kind}{', interlaced' * interlaced}",
                        plain(33, 19, depth, colour, kind, interlaced=interlaced),
                        Outcome.ANSWERED,
                    )
    yield Sample("APNG", encode(PICTURE, "PNG", save_all=True, append_images=[PICTURE.rotate(180)]), Outcome.ANSWERED)
    yield Sample(
        "APNG, default image apart",
        encode(PICTURE, "PNG", save_all=True, default_image=True, append_images=[PICTURE.rotate(180)]),
        Outcome.ANSWERED,
    )


def _notes() -> Iterator[Sample]:
    long = zlib.compress(b"{}" * 600_000)
    notes = {
        "colour profile, too long": chunk(b"iCCP", b"display\0\0" + long),
        "colour profile, broken": chunk(b"iCCP", b"display\0\0nonsense"),
        "colour profile without a name": chunk(b"iCCP", b""),
        "colour profile of an unknown kind": chunk(b"iCCP", b"a\0\x07"),
        "zTXt, too long": chunk(b"zTXt", b"workflow\0\0" + long),
        "zTXt of an unknown kind": chunk(b"zTXt", b"workflow\0\x09" + long),
        "iTXt, too long": chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + long),
        "iTXt, broken": chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0"),
        "iTXt that is not UTF-8": chunk(b"iTXt", b"a\0\0\0\0\0\xff\xfe\xfd"),
        "tEXt of 5 MB": chunk(b"tEXt", b"a\0" + b"x" * 5 * MILLION),
        "tEXt with a wrong checksum": chunk(b"tEXt", b"Software\0by hand", checksum=0),
        "XMP with an orientation": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<a tiff:Orientation='6'/>"),
        "raw EXIF profile, broken": chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  10\nzz"),
        "EXIF without a header": chunk(b"eXIf", b"\0\x08\0\x02\x01\x12\0\x03"),
        "EXIF, empty": chunk(b"eXIf"),
        "EXIF with tags in a circle": chunk(b"eXIf", b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)),
        "EXIF with 65535 tags": chunk(b"eXIf", b"MM\0*" + struct.pack(">IH", 8, 65535) + bytes(12 * 65535)),
        "EXIF that starts far away": chunk(b"eXIf", b"MM\0*" + struct.pack(">I", 2**32 - 1)),
        "resolution, cut short": chunk(b"pHYs", b"\0"),
        "time, cut short": chunk(b"tIME", b"\0"),
        "gamma, cut short": chunk(b"gAMA", b""),
        "gamma of 0": chunk(b"gAMA", bytes(4)),
        "primaries, cut short": chunk(b"cHRM", b"\0\0"),
        "rendering intent of 255": chunk(b"sRGB", b"\xff"),
        "background, too long": chunk(b"bKGD", b"\0" * 50),
        "suggested palette": chunk(b"sPLT", b"x"),
        "significant bits of 255": chunk(b"sBIT", b"\xff\xff\xff"),
        "histogram without a palette": chunk(b"hIST", b"\0" * 512),
        "palette that is not needed": chunk(b"PLTE", b"\1\2\3"),
        "palette that is not needed, broken": chunk(b"PLTE", b"\1\2\3\4", checksum=1),
        "transparency, cut short": chunk(b"tRNS", b"\0"),
        "transparency with a wrong checksum": chunk(b"tRNS", bytes(6), checksum=1),
        "frame count, cut short": chunk(b"acTL", b"\0"),
        "frame count of 0": chunk(b"acTL", bytes(8)),
        "frame control, cut short": chunk(b"acTL", b"\0\0\0\2" + bytes(4)) + chunk(b"fcTL", b"\0"),
        "frame beyond the picture": chunk(b"acTL", b"\0\0\0\2" + bytes(4))
        + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 2**31, 2**31, 9, 9, 0, 0, 9, 9)),
        "unknown chunk": chunk(b"abCd", b"x"),
        "name that is no name": chunk(b"\0\xff\1\2", b"x"),
    }
    for name, note in notes.items():
        yield Sample(f"PNG with {name}", with_notes(note), Outcome.ANSWERED)
    whole = encode(PICTURE, "PNG")
    yield Sample("PNG with something behind it", whole + b"PK\3\4" + bytes(1000), Outcome.ANSWERED)
    yield Sample("PNG with another behind it", whole + encode(SMALL, "PNG"), Outcome.ANSWERED)
    for name in ("transparency", "exif", "icc_profile", "interlace", "bbox", "gamma", "dpi", "default_image", "loop"):
        text = PngInfo()
        text.add_text(name, "nonsense")
        for mode in ("L", "P", "RGB"):
            yield Sample(
                f"PNG of mode {mode} with a text named {name}",
                encode(PICTURE.convert(mode), "PNG", pnginfo=text),
                Outcome.ANSWERED,
            )


def _lies() -> Iterator[Sample]:
    pixels = chunk(b"IDAT", zlib.compress(lines(64, 36, 24)))
    for size in (
        (0, 36),
        (64, 0),
        (0, 0),
        (2**31, 1),
        (2**32 - 1, 2**32 - 1),
        (65_536, 1),
        (5001, 5000),
        (60_000, 60_000),
    ):
        yield Sample(f"PNG that declares {size[0]}×{size[1]}", png(header(*size), pixels), Outcome.REFUSED)
    for size in ((65, 36), (64, 37), (640, 360), (5000, 5000), (1, 65_535)):
        yield Sample(f"PNG that declares {size[0]}×{size[1]}", png(header(*size), pixels))
    yield Sample("PNG that declares less", png(header(63, 35), pixels))
    for depth in (0, 3, 5, 7, 9, 16, 32, 255):
        for colour in (0, 1, 2, 3, 4, 5, 6, 7, 255):
            yield Sample(f"PNG, colour {colour}, {depth} bits", png(header(64, 36, depth, colour), pixels))
    for rest in ((1, 0, 0), (0, 1, 0), (0, 0, 2), (255, 255, 255)):
        yield Sample(f"PNG with methods {rest}", png(header(64, 36, 8, COLOURS, *rest), pixels))
    for length in (0, 1, 12, 14, 100, 2**31 - 1, 2**31, 2**32 - 1):
        yield Sample(
            f"PNG with a header of {length}",
            SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 36, 8, 2, 0, 0, 0), length=length) + pixels,
        )
        yield Sample(
            f"PNG with pixels of {length}",
            png(header(64, 36), chunk(b"IDAT", zlib.compress(lines(64, 36, 24)), length=length)),
        )
        yield Sample(
            f"PNG with a note of {length}", png(header(64, 36), chunk(b"tEXt", b"a\0b", length=length), pixels)
        )
    yield Sample(
        "PNG with a wrong checksum in its header",
        png(chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 36, 8, 2, 0, 0, 0), checksum=1), pixels),
    )
    yield Sample(
        "PNG with a wrong checksum of its pixels",
        png(header(64, 36), chunk(b"IDAT", zlib.compress(lines(64, 36, 24)), checksum=1)),
    )
    yield Sample("PNG without pixels", png(header(64, 36)), Outcome.REFUSED)
    yield Sample("PNG without a header", png(pixels), Outcome.REFUSED)
    yield Sample("PNG with two headers", png(header(64, 36), header(5000, 5000), pixels))
    yield Sample("PNG of only a signature", SIGNATURE, Outcome.REFUSED)
    yield Sample("PNG with pixels before its header", SIGNATURE + pixels + header(64, 36))
    for size in (0, 1, 2, 3, 4, 767, 768, 769, 5000):
        small = chunk(b"IDAT", zlib.compress(lines(64, 36, 8)))
        yield Sample(
            f"PNG with a palette of {size} bytes", png(header(64, 36, 8, PALETTE), chunk(b"PLTE", bytes(size)), small)
        )
        yield Sample(
            f"PNG with a transparency of {size} bytes",
            png(header(64, 36, 8, PALETTE), chunk(b"PLTE", bytes(768)), chunk(b"tRNS", bytes(size)), small),
        )
    for name, packed in {
        "nothing": b"",
        "nonsense": b"nonsense",
        "a dictionary": b"\x78\xbb\0\0\0\0",
        "half of them": zlib.compress(lines(64, 18, 24)),
        "a wrong sum": zlib.compress(lines(64, 36, 24))[:-1] + b"\0",
        "an unknown filter": zlib.compress(lines(64, 36, 24, 9)),
        "more than needed": zlib.compress(lines(64, 72, 24)),
        "stored blocks": zlib.compress(lines(64, 36, 24), 0),
        "gzip": b"\x1f\x8b\x08\0",
    }.items():
        yield Sample(f"PNG whose pixels are {name}", png(header(64, 36), chunk(b"IDAT", packed)))
    yield Sample(
        "PNG with a note between its pixels",
        png(header(64, 36), pixels[:4] + pixels[4:], chunk(b"tEXt", b"a\0b"), pixels),
    )
