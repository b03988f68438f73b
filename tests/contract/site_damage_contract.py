"""What every site must survive: copies altered behind its back, writers that are killed, two at once.

Not collected by itself: `test_contract_site_*.py` inherits it, like `SiteContract`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from blake3 import blake3
from site_contract import MIB, content

from storage.copies import CopyState, check_copy
from storage.errors import ObjectMissing
from storage.site import Site, Stored, put

ROOT = Path(__file__).resolve().parents[2]

ALTERED = {
    "flipped bit": lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:],
    "cut short": lambda data: data[:-1],
    "empty": lambda data: b"",
    "longer": lambda data: data + b"\0",
    "zeros": lambda data: bytes(len(data)),
    "another": lambda data: content(len(data), seed=9),
    "missing": lambda data: None,
}

WRITER = """
import itertools, sys
{make}
names = ["objects/b1/" + name for name in sys.argv[2:]]
size = int(sys.argv[1])
for letter in itertools.cycle((b"A", b"B")):
    for name in names:
        with site.create(name, size) as sink:
            for start in range(0, size, 100_000):
                sink.write(letter * min(100_000, size - start))
    site.settle()
    print(letter.decode(), flush=True)
"""


class SiteDamageContract:
    """Inherit beside `SiteContract`, and give `alter` and `maker_source`, too."""

    def make_site(self, place: Path) -> Site:
        raise AssertionError("a subclass says how")

    def maker_source(self, place: Path) -> str:
        """Python that binds `site` in another process."""
        raise AssertionError("a subclass says how")

    def alter(self, place: Path, name: str, data: bytes | None) -> None:
        """Put `data` in the place of an object, or take it away, behind the site's back."""
        raise AssertionError("a subclass says how")

    @pytest.mark.parametrize("size", [50_000, 5 * MIB + 17])
    @pytest.mark.parametrize("how", sorted(ALTERED))
    def test_what_was_altered_behind_the_site_is_found_and_can_be_replaced(
        self, site: Site, place: Path, how: str, size: int
    ) -> None:
        data = content(size)
        digest = blake3(data).hexdigest()
        put(site, "objects/b1/o1", data)
        put(site, "objects/b1/o2", data)
        site.settle()
        self.alter(place, "objects/b1/o1", ALTERED[how](data))
        found = check_copy(self.make_site(place), "objects/b1/o1", size, digest)
        assert found is (CopyState.MISSING if how == "missing" else CopyState.DAMAGED)
        assert check_copy(self.make_site(place), "objects/b1/o2", size, digest) is CopyState.WHOLE
        later = self.make_site(place)
        put(later, "objects/b1/o1", data)
        later.settle()
        assert check_copy(later, "objects/b1/o1", size, digest) is CopyState.WHOLE

    def test_the_same_written_twice_at_once_is_one_object(self, site: Site, place: Path) -> None:
        data = content(5 * MIB + 17)
        other = self.make_site(place)
        with site.create("objects/b1/o1", len(data)) as one, other.create("objects/b1/o1", len(data)) as two:
            for start in range(0, len(data), MIB):
                one.write(data[start : start + MIB])
                two.write(data[start : start + MIB])
        site.settle()
        other.settle()
        assert list(site.list()) == [Stored("objects/b1/o1", len(data))]
        assert site.read("objects/b1/o1") == data

    def test_what_vanished_before_it_settled_does_not_count(self, site: Site, place: Path) -> None:
        put(site, "objects/b1/o1", b"settled")
        site.settle()
        self.alter(place, "objects/b1/o1", None)
        with pytest.raises(ObjectMissing):
            self.make_site(place).adopt("objects/b1/o1")

    @pytest.mark.parametrize("size", [30_000, 3 * MIB])
    def test_a_killed_writer_leaves_the_old_or_the_new_content(self, place: Path, size: int) -> None:
        source = WRITER.format(make=self.maker_source(place))
        names = [f"o{number}" for number in range(3)]
        for delay_ms in (0, 3, 7, 12, 20, 33):
            command = [sys.executable, "-c", source, str(size), *names]
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            assert process.stdout.readline() == "A\n"
            time.sleep(delay_ms / 1000)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            after = self.make_site(place)
            assert list(after.list()) == [Stored(f"objects/b1/{name}", size) for name in names]
            for name in names:
                assert after.read(f"objects/b1/{name}") in (b"A" * size, b"B" * size)
            after.sweep()
            assert after.sweep() == 0
