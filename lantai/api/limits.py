"""How often one may ask: a bucket of tokens for each account and each address, in memory.

A bucket holds what may be asked in a minute, and fills evenly. Whoever has emptied theirs does not empty
anybody else's. Not here: failed sign-ins, which are counted apart and kept (`policies.lockout`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Literal

from lantai.api.faults import TooOften
from lantai.settings_http import Rates

Kind = Literal["account", "account_searches", "address", "address_searches", "sign_ins"]
MOST_BUCKETS = 100_000
SEARCHES = frozenset({"GET /search", "GET /search/list", "GET /suggestions", "GET /browse", "GET /searches"})
SIGN_INS = frozenset(
    {
        "POST /session", "PUT /account/first-password", "GET /session/organisation",
        "GET /session/organisation/return", "POST /session/organisation",
    }
)  # fmt: skip


class Limits:
    """The buckets. Used by one thread."""

    def __init__(self, rates: Mapping[Kind, int], clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = dict(rates)
        self._clock = clock
        self._buckets: dict[tuple[Kind, str], tuple[float, float]] = {}

    def take(self, kind: Kind, whose: str) -> None:
        """Take one from a bucket. Raises `TooOften` where it is empty: then nothing is taken."""
        rate = self._rates.get(kind, 0)
        if not rate:
            return
        now = self._clock()
        left, since = self._buckets.get((kind, whose), (float(rate), now))
        left = min(float(rate), left + (now - since) * rate / 60)
        if left < 1:
            raise TooOften(math.ceil((1 - left) * 60 / rate))
        if len(self._buckets) >= MOST_BUCKETS and (kind, whose) not in self._buckets:
            self._forget(now)
        self._buckets[kind, whose] = (left - 1, now)

    def _forget(self, now: float) -> None:
        """Forget buckets that are full again; where none is, all: memory is bounded whoever asks."""
        full = [key for key, (_, since) in self._buckets.items() if now - since >= 60]
        for key in full or list(self._buckets):
            del self._buckets[key]


def limits_of(rates: Rates) -> Limits:
    """The buckets that the settings ask for."""
    return Limits(
        {
            "account": rates.account,
            "account_searches": rates.account_searches,
            "address": rates.address,
            "address_searches": rates.address_searches,
            "sign_ins": rates.sign_ins,
        }
    )
