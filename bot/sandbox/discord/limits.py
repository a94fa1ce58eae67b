"""Rate limits with their headers, and faults on demand."""

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in so many seconds, for each route and each of its channels, guilds or webhooks."""

    requests: int = 50
    seconds: float = 1.0


@dataclass(slots=True)
class _Bucket:
    ends: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bucket stands after a request was counted."""

    headers: dict[str, str]
    exceeded: bool
    retry_after: float


class RateLimits:
    """Counts requests by route and major parameter."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._buckets: dict[str, _Bucket] = {}

    def count(self, route: str, major: str) -> Standing:
        """Count one request; the headers are those that its answer carries."""
        now = time.monotonic()
        key = f"{route} {major}"
        bucket = self._buckets.get(key)
        if bucket is None or bucket.ends <= now:
            bucket = self._buckets[key] = _Bucket(now + self._limit.seconds)
        bucket.used += 1
        left = bucket.ends - now
        headers = {
            "X-RateLimit-Limit": str(self._limit.requests),
            "X-RateLimit-Remaining": str(max(0, self._limit.requests - bucket.used)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
        }
        return Standing(headers, bucket.used > self._limit.requests, left)


@dataclass(slots=True)
class Fault:
    """What shall go wrong: an answer of `status` (0 answers as usual) after `delay` seconds, `times` times.

    `path` is a regular expression for the part after /api/v10; `retry_after` is told with a 429.
    """

    status: int
    path: str = ""
    method: str = ""
    times: int = 1
    delay: float = 0.0
    retry_after: float = 0.05


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let something go wrong."""
        self._waiting.append(fault)

    async def strike(self, method: str, path: str) -> Fault | None:
        """Wait as the fitting fault says, and answer it where it decides the status."""
        for fault in self._waiting:
            if fault.method in ("", method) and re.search(fault.path, path):
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                await asyncio.sleep(fault.delay)
                return fault if fault.status else None
        return None
