"""Files that are no JPEG, PNG, WebP or GIF, whatever their name says, and files that are several things at once."""

import gzip
import io
import zipfile
from collections.abc import Iterator

from tests.classifier.pictures.corpus.sample import PICTURE, SMALL, Outcome, Sample, encode

_PILLOWS = (
    "BMP",
    "DIB",
    "TIFF",
    "ICO",
    "PPM",
    "TGA",
    "PCX",
    "SGI",
    "EPS",
    "PDF",
    "IM",
    "MSP",
    "XBM",
    "DDS",
    "ICNS",
    "JPEG2000",
    "AVIF",
    "QOI",
    "BLP",
    "SPIDER",
)
_MODES = {"MSP": "1", "XBM": "1", "BLP": "P", "SPIDER": "F"}


def samples() -> Iterator[Sample]:
    """All of them."""
    for kind in _PILLOWS:
        image = SMALL.convert(_MODES[kind]) if kind in _MODES else SMALL
        yield Sample(kind, encode(image, kind), Outcome.REFUSED)
    for name, data in {
        "nothing": b"",
        "a byte": b"\0",
        "text": b"hello",
        "a megabyte of nothing": bytes(1_000_000),
        "HTML": b"<!DOCTYPE html><html><img src=x onerror=alert(1)></html>",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='9e9' height='9e9'/></svg>",
        "SVG with entities": b"<!DOCTYPE s [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><svg>&b;</svg>",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9999999 9999999\n(%pipe%id) (r) file\n",
        "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
        "MP4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100),
        "Photoshop's": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\x75\x30\0\0\x75\x30\0\x08\0\3" + bytes(100),
        "WMF": b"\xd7\xcd\xc6\x9a" + bytes(100),
        "MPEG": b"\0\0\1\xb3" + b"\xff" * 100,
        "FITS": b"SIMPLE  =                    T" + b" " * 3000,
        "a program": b"\x7fELF" + bytes(100),
        "gzip": gzip.compress(encode(SMALL, "PNG")),
        "ImageMagick's": b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/)'\n",
        "JPEG XL": b"\xff\x0a" + bytes(100),
        "a JPEG behind a space": b" " + encode(SMALL, "JPEG"),
        "a PNG whose newlines were changed": encode(SMALL, "PNG").replace(b"\r\n", b"\n", 1),
        "a JPEG in UTF-8": encode(SMALL, "JPEG").decode("latin-1").encode(),
    }.items():
        yield Sample(name, data, Outcome.REFUSED)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb", bytes(10_000_000))
    yield Sample("zip", archive.getvalue(), Outcome.REFUSED)
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        whole = encode(PICTURE.convert("P") if kind == "GIF" else PICTURE, kind)
        yield Sample(f"{kind} and zip", whole + archive.getvalue(), Outcome.ANSWERED)
        yield Sample(f"{kind} and PDF", whole + encode(SMALL, "PDF"), Outcome.ANSWERED)
        for other in ("JPEG", "PNG", "GIF", "WEBP"):
            yield Sample(f"{kind}'s start on a {other}", whole[:16] + encode(SMALL, other))
            yield Sample(
                f"{kind} with a {other} inside",
                whole[: len(whole) // 2] + encode(SMALL, other) + whole[len(whole) // 2 :],
            )
