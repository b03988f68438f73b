"""The doctor's checks of the archive's own keys: how they are sealed, what is unfinished, who is late.

Not done here: modes of files (`doctor_checks`), that the keys open what they should (`doctor_archive`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lantai.doctor_checks import Check, Severity
from lantai.messages import catalogue
from lantai.wiring import Archive
from processes.custody.key_state import FIRST_FORM, key_state


def key_files(archive: Archive) -> Iterator[Check]:
    """The seals are those that the settings ask for; no change of keys is unfinished; no site is late."""
    state, wanted = key_state(archive.tools()), archive.settings.keys.seal
    odd = ", ".join(f"{name}: {form}" for name, form in state.forms.items() if form != wanted)
    yield _check("key seal", odd == "", files=odd, wanted=wanted)
    left = ", ".join(state.unfinished)
    yield _check("key change", left == "", files=left)
    yield _check("recovery file", state.recovery_form != FIRST_FORM)
    late = "; ".join(f"{site} ({why})" for site, why in sorted(state.outdated.items()))
    yield _check("keys at sites", late == "", sites=late)


def _check(name: str, ok: bool, **values: str) -> Check:
    said = catalogue()[f"doctor-{name.replace(' ', '-')}-{'well' if ok else 'ill'}"]
    severity: Severity = "fail" if name == "key seal" else "warn"
    return Check(name, ok, severity, said["en"].format(**values), said["zh"].format(**values))
