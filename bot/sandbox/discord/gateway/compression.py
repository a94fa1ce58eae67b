"""Transport compression: one stream per connection, flushed after each frame."""

import sys
import zlib
from typing import Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Compressor(Protocol):
    """Compresses the frames of one connection."""

    def compress(self, frame: bytes) -> bytes:
        """The next part of the stream, which contains the whole frame."""
        ...


class ZlibStream:
    """One zlib context; each part ends with the marker of a sync flush."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def compress(self, frame: bytes) -> bytes:
        """The next part of the stream, which contains the whole frame."""
        return self._context.compress(frame) + self._context.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """One zstd frame that never ends; each part ends with a block."""

    def __init__(self) -> None:
        self._context = zstd.ZstdCompressor()

    def compress(self, frame: bytes) -> bytes:
        """The next part of the stream, which contains the whole frame."""
        return self._context.compress(frame, zstd.ZstdCompressor.FLUSH_BLOCK)


COMPRESSORS: dict[str, type[Compressor]] = {"zlib-stream": ZlibStream, "zstd-stream": ZstdStream}
"""The compressors by the value of `compress` in the gateway's URL."""
