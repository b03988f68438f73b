"""The probe process: takes one file at a time over a socket pair, answers with facts, ends with its parent.

One message is one JSON object; the file comes as a descriptor beside it, and where its text is asked for a
second one to write that to; as where something is to be drawn. Libraries load when the first
file needs them. A probe that raises is answered for and the process goes on; where memory ran out it ends,
since nothing in it can be trusted to be whole. Not done here: deciding, retrying, timing (work.py).
"""

from __future__ import annotations

import importlib
import io
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ingest.identify import Identifier, Identity, probe_by_magic
from ingest.probes.confine import confine, end_with_alarm
from ingest.probes.probed import Options, Probed
from ingest.probes.source import BytesSource, FdSource, FileSource, Source
from policies.formats import MARKED_TEXT
from policies.secrecy import MarkPatterns, Marks

PROBES: Mapping[str, str] = {
    "jpeg": "ingest.probes.image:probe_jpeg",
    "tiff": "ingest.probes.tiff:probe_tiff",
    "mp3": "ingest.probes.mp3:probe_mp3",
    "wav": "ingest.probes.wav:probe_wav",
    "pdf": "ingest.probes.document:probe_pdf",
    "video": "ingest.probes.video:probe_video",
}
PDF = "pdf"
MESSAGE_BYTES = 64 << 10
MAX_PROBLEMS = 40
GRACE_SECONDS = 10


def main() -> None:
    """Serve on the descriptor named by the first argument; the second is the set-up as JSON."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    setup = json.loads(sys.argv[2])
    identifier = Identifier()
    identifier.identify(BytesSource(b"%PDF-1.4\n%%EOF\n"))  # loads the signatures, out of the parent's way
    state = confine(setup["memory_mib"])
    channel.send(json.dumps({"ready": state}).encode())
    marks = MarkPatterns.of(setup["marks"]) if setup["marks"] else None
    while serve_one(channel, identifier, {**PROBES, **setup["more_probes"]}, marks):
        pass


def serve_one(
    channel: socket.socket, identifier: Identifier, probes: Mapping[str, str], marks: Marks | None
) -> bool:
    """Answer one message. False where the process should end: the parent has gone, or memory ran out."""
    message, descriptors, _, _ = socket.recv_fds(channel, MESSAGE_BYTES, 2)
    if not message:
        return False
    job = json.loads(message)
    end_with_alarm(job["seconds"] + GRACE_SECONDS)
    try:
        if "draw" in job:
            answer = _drawn(job, descriptors[0], descriptors[1])
        elif len(descriptors) == 2:
            answer = _text(job, descriptors[0], descriptors[1], marks)
        else:
            answer = _answer(job, descriptors[0], identifier, probes, marks)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    end_with_alarm(0)
    channel.send(json.dumps(answer).encode()[:MESSAGE_BYTES])
    return not answer["exhausted"]


def _answer(
    job: Mapping[str, Any],
    fd: int,
    identifier: Identifier,
    probes: Mapping[str, str],
    marks: Marks | None,
) -> dict[str, Any]:
    identity, name, probed, exhausted = Identity(), "", Probed(), False
    try:
        source = _source(job, fd)
        identity = identifier.identify(source)
        name = job["formats"].get(identity.puid, "")
        chosen = name or ("" if identity.puid else probe_by_magic(source))
        if chosen:
            probed = _load(probes[chosen])(source, Options(job["max_pixels"], job["decode"]))
        if chosen == PDF and marks is not None and _is_marked(source, marks):
            probed.problem(MARKED_TEXT, "", "")
    except MemoryError:
        exhausted = True
        probed.problem("probe-memory", f"{job['memory_mib']} MiB", f"> {job['memory_mib']} MiB")
    except Exception as error:  # noqa: BLE001 - a probe meets hostile content: whatever it raises is a finding
        probed.problem("probe-crashed", "", type(error).__name__)
    return {
        "puid": identity.puid,
        "format": identity.format,
        "mime": identity.mime,
        "name": name,
        "values": probed.values,
        "problems": [[p.kind, p.expected, p.found] for p in probed.problems[:MAX_PROBLEMS]],
        "exhausted": exhausted,
    }


def _is_marked(source: Source, marks: Marks) -> bool:
    """Whether its text holds a secrecy mark; what cannot be read says nothing."""
    from pypdfium2 import PdfiumError

    from ingest.probes.text import holds_mark

    try:
        return holds_mark(source, marks)
    except (PdfiumError, ValueError):
        return False


def _text(job: Mapping[str, Any], fd: int, out: int, marks: Marks | None) -> dict[str, Any]:
    """Write the file's text to `out`; the answer says what became of it."""
    state, exhausted = "failed", False
    try:
        from ingest.probes.text import read_pdf

        said = read_pdf(_source(job, fd), marks)
        written = memoryview(said.text.encode())
        while written:
            written = written[os.write(out, written) :]
        state = said.state
    except MemoryError:
        exhausted = True
    except Exception:  # noqa: BLE001 - as for probes: hostile content raises whatever it likes
        state = "failed"
    return {"state": state, "exhausted": exhausted}


def _drawn(job: Mapping[str, Any], fd: int, out: int) -> dict[str, Any]:
    """Draw what is wanted into `out`; the answer says what stands where. A sealed copy that does not open
    says nothing about the file: another copy may.
    """
    from ingest.probes import draw
    from ingest.probes.room import Room
    from storage.errors import ObjectDamaged

    state, exhausted, parts = "none", False, dict[str, tuple[int, int]]()
    try:
        with Room(out) as room:
            draw.draw(_source(job, fd), job["draw"], room, job["max_pixels"])
            state, parts = "drawn", room.parts
    except ObjectDamaged:
        state = "damaged"
    except MemoryError:
        exhausted = True
    except Exception:  # noqa: BLE001 - as for probes: hostile content raises whatever it likes
        state = "none"
    return {"state": state, "parts": parts, "exhausted": exhausted}


def _source(job: Mapping[str, Any], fd: int) -> Source:
    sealed = job.get("sealed")
    if sealed is None:
        return FdSource(fd, job["size"])
    from storage.sealed_file import SealedFile
    from storage.sealing import Key

    key, context = Key(sealed["cipher"], bytes.fromhex(sealed["key"])), bytes.fromhex(sealed["context"])
    file = SealedFile(lambda start, length: os.pread(fd, length, start), sealed["size"], key, context)
    return FileSource(io.BufferedReader(file, 1 << 18), job["size"])


def _load(place: str) -> Callable[[Source, Options], Probed]:
    module, function = place.split(":")
    probe: Callable[[Source, Options], Probed] = getattr(importlib.import_module(module), function)
    return probe


if __name__ == "__main__":
    main()
