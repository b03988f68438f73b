"""What goes wrong at the HTTP door itself, before any work begins; statuses stand in `problems`.

LantaiError
├── Forgery          the request may have been made by another page
├── ProofNeeded      the route asks for the person's own proof, and there is none that holds
├── TooOften         more requests than one may send
├── Malformed        the request is not as its route takes it; says where
│   └── KeyReused    a key of another request stands on this one
├── BadRequest       not HTTP as this door understands it
├── TooLarge         a body beyond what the route takes
├── HeadersTooLarge  headers beyond what the door takes
├── WrongType        a body of a kind that the route does not take
├── WrongMethod      the path is there for whoever asks, and not so
├── StillRunning     the same request is being worked on
└── NotKept          it was answered once; the answer was not kept or is not known
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.errors import LantaiError


class Forgery(LantaiError):
    """A request that changes something may have been made by another page in somebody's name."""

    code = "forgery"


class ProofNeeded(LantaiError):
    """The route asks for a one-time proof of the person, for this action, and this is none."""

    code = "proof-needed"

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"prove who you are for the action {action}: POST /api/v1/session/proof")


class TooOften(LantaiError):
    """More requests than one may send; `seconds` from now there is room for another."""

    code = "slow-down"

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many requests: try again in {seconds} s")


class Malformed(LantaiError):
    """The request is not as its route takes it. `mistakes` say where and what."""

    code = "malformed"

    def __init__(self, mistakes: Sequence[tuple[str, str]]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{where}: {what}" for where, what in self.mistakes))


class KeyReused(Malformed):
    """An `Idempotency-Key` that another request was sent with."""

    code = "key-reused"

    def __init__(self) -> None:
        super().__init__([("header.Idempotency-Key", "another request was sent with this key")])


class BadRequest(LantaiError):
    """Not HTTP as this door understands it."""

    code = "bad-request"


class TooLarge(LantaiError):
    """A body beyond what its route takes."""

    code = "too-large"

    def __init__(self, most: int) -> None:
        super().__init__(f"the body is larger than {most} bytes")


class HeadersTooLarge(LantaiError):
    """Headers beyond what the door takes."""

    code = "headers-too-large"


class WrongType(LantaiError):
    """A body of a kind that its route does not take."""

    code = "wrong-type"


class WrongMethod(LantaiError):
    """The path is there for whoever asks, with the methods `allowed`."""

    code = "wrong-method"

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(f"this path takes {', '.join(self.allowed)}")


class StillRunning(LantaiError):
    """The same request, known by its `Idempotency-Key`, is being worked on."""

    code = "still-running"

    def __init__(self) -> None:
        super().__init__("the request of this key is being worked on: ask again")


class NotKept(LantaiError):
    """The request of this `Idempotency-Key` was worked on; its answer is not there to be given again."""

    code = "not-kept"
