"""Lock-out: guessing gets slow, and nobody can use it to lock another out."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.lockout import FORGOTTEN, LIMITS, Count, Who, admit, failed, keys_of, network_of, seconds_left

OWNER, ADDRESS, DEVICE = "li", "198.51.100.7", "its device"


@dataclass
class Door:
    """The counts of one door and its clock."""

    now: int = 1_000_000
    counts: dict[str, Count] = field(default_factory=dict)

    def fails(self, who: Who) -> int:
        """One attempt that is wrong; how long it would have had to wait, 0 where it was looked at."""
        admitted = admit(who, self.counts, self.now)
        if not admitted.wait:
            for name in admitted.counted:
                self.counts[name] = failed(name, self.counts.get(name, Count()), self.now)
        return admitted.wait

    def waits(self, who: Who) -> int:
        return admit(who, self.counts, self.now).wait


strangers = st.builds(
    Who,
    account=st.sampled_from([OWNER, "wang", "", "x" * 64]),
    address=st.sampled_from([ADDRESS, "203.0.113.9", "2001:db8::1", "2001:db8::2", "not an address", ""]),
    device=st.sampled_from(["", "another device"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(strangers, st.integers(-3_600, 3_600), st.integers(1, 20)), max_size=12))
def test_whatever_strangers_do_at_whatever_address_a_known_device_gets_in(
    done: list[tuple[Who, int, int]],
) -> None:
    door = Door()
    for who, seconds, times in done:
        door.now += seconds
        for _ in range(times):
            door.fails(who)
    assert door.waits(Who(OWNER, ADDRESS, DEVICE)) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(strangers, st.integers(0, 3_600)), max_size=60))
def test_whatever_strangers_do_elsewhere_somebody_at_an_address_of_their_own_gets_in(
    done: list[tuple[Who, int]],
) -> None:
    door = Door()
    for who, seconds in done:
        door.now += seconds
        door.fails(who)
    assert door.waits(Who(OWNER, "192.0.2.1")) == 0


@given(st.sampled_from(sorted(LIMITS)), st.integers(0, 10**6), st.integers(0, 10**10), st.integers(0, 10**10))
def test_nobody_waits_longer_than_the_longest_whatever_the_clock_did(
    kind: str, failures: int, last: int, now: int
) -> None:
    assert 0 <= seconds_left(f"{kind}:x", Count(failures, last), now) <= LIMITS[kind].longest


def test_a_guesser_at_one_address_is_let_look_a_few_times_an_hour() -> None:
    door, looked = Door(), 0
    for _ in range(3_600):
        door.now += 1
        looked += not door.fails(Who(OWNER, ADDRESS))
    assert looked <= 15


def test_one_password_tried_on_many_accounts_gets_slow_by_its_address() -> None:
    door = Door()
    looked = sum(not door.fails(Who(f"account {n}", ADDRESS)) for n in range(1_000))
    assert looked == LIMITS["address"].free
    assert door.waits(Who("wang", "203.0.113.9")) == 0


def test_a_stolen_device_gets_slow_and_is_then_a_stranger() -> None:
    door, thief = Door(), Who(OWNER, "203.0.113.9", DEVICE)
    for _ in range(LIMITS["device"].free):
        assert door.fails(thief) == 0
    assert not any(name.startswith("pair:") for name in door.counts)
    for _ in range(LIMITS["pair"].free):
        assert door.fails(thief) == 0
    assert door.waits(thief) > 0
    assert door.waits(Who(OWNER, ADDRESS)) == 0


def test_counts_leak_away_and_are_forgotten_after_a_day() -> None:
    door, who = Door(), Who(OWNER, ADDRESS)
    while not door.fails(who):
        pass
    door.now += LIMITS["pair"].longest
    assert door.waits(who) == 0
    assert door.fails(who) == 0
    assert door.waits(who) > 0
    door.now += FORGOTTEN
    for _ in range(LIMITS["pair"].free):
        assert door.fails(who) == 0


def test_one_customer_has_one_address() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")


def test_typed_names_stand_in_no_count() -> None:
    assert not any(
        "secret typed as a name" in name for name in keys_of(Who("secret typed as a name", "::1", "d"))
    )
