"""Rate limits with their headers, and faults on demand."""

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The number of requests allowed in a number of seconds, per route and channel, guild or webhook."""

    requests: int = 50
    seconds: float = 1.0


@dataclass(slots=True)
class _Bucket:
    ends: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """The state of a bucket after a request was counted."""

    headers: dict[str, str]
    exceeded: bool
    retry_after: float


class RateLimits:
    """Counts requests by route and major parameter."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._buckets: dict[str, _Bucket] = {}

    def count(self, route: str, major: str) -> RateLimitStatus:
        """Count one request; its response carries the returned headers."""
        now = time.monotonic()
        key = f"{route} {major}"
        bucket = self._buckets.get(key)
        if bucket is None or bucket.ends <= now:
            bucket = self._buckets[key] = _Bucket(now + self._limit.seconds)
        bucket.used += 1
        remaining = bucket.ends - now
        headers = {
            "X-RateLimit-Limit": str(self._limit.requests),
            "X-RateLimit-Remaining": str(max(0, self._limit.requests - bucket.used)),
            "X-RateLimit-Reset": f"{time.time() + remaining:.3f}",
            "X-RateLimit-Reset-After": f"{remaining:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
        }
        return RateLimitStatus(headers, bucket.used > self._limit.requests, remaining)


@dataclass(slots=True)
class Fault:
    """A fault to inject: a response with `status` after `delay` seconds, `times` times.

    A `status` of 0 only delays the response. `path` is a regular expression that matches the part after /api/v10;
    `retry_after` is sent with a 429.
    """

    status: int
    path: str = ""
    method: str = ""
    times: int = 1
    delay: float = 0.0
    retry_after: float = 0.05


class Faults:
    """The faults that have not been injected yet."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Inject a fault into the next matching requests."""
        self._pending.append(fault)

    async def apply(self, method: str, path: str) -> Fault | None:
        """Delay a request as its fault says; returns the fault if it sets the response's status."""
        for fault in self._pending:
            if fault.method in ("", method) and re.search(fault.path, path):
                fault.times -= 1
                if fault.times == 0:
                    self._pending.remove(fault)
                await asyncio.sleep(fault.delay)
                return fault if fault.status else None
        return None
