"""The thread that writes the uses of many: who waits for whom, and that nothing is left behind."""

from __future__ import annotations

import asyncio

from archive.uses import Use
from processes.using.uses_writer import UseWriter


def some(count: int) -> list[Use]:
    return [Use("2026-01-01T00:00:00Z", "li", "view", {"n": str(number)}) for number in range(count)]


def test_whoever_is_alone_waits_for_nobody_and_many_wait_for_each_other() -> None:
    groups = list[int]()
    under_way = 0

    async def come(after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        await writer.noted(some(1)[0])

    async def all_of_them() -> None:
        nonlocal under_way
        under_way = 1
        for _ in range(3):
            await come(0)
        under_way = 0
        await asyncio.gather(*(come(0) for _ in range(5)))
        under_way = 20
        await asyncio.gather(*(come(number) for number in range(20)))

    with UseWriter(lambda noted: groups.append(len(noted)), lambda: under_way) as writer:
        asyncio.run(all_of_them())
    assert groups[:4] == [1, 1, 1, 5]
    assert sum(groups[4:]) == 20
    assert len(groups) <= 7, "those who come one after another are waited for"


def test_whoever_goes_away_meanwhile_is_noted_all_the_same_and_nobody_else_waits_for_them() -> None:
    written = list[Use]()

    async def gone() -> None:
        first, second = (asyncio.create_task(writer.noted(use)) for use in some(2))
        await asyncio.sleep(0)
        first.cancel()
        await second
        assert first.cancelled()

    with UseWriter(written.extend) as writer:
        asyncio.run(gone())
    assert len(written) == 2


def test_what_waits_when_the_journal_is_left_is_written() -> None:
    written = list[Use]()

    async def left() -> None:
        with UseWriter(written.extend, lambda: 100) as writer:
            writer._last = 50
            waiting = [asyncio.create_task(writer.noted(use)) for use in some(3)]
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    asyncio.run(left())
    assert len(written) == 3
