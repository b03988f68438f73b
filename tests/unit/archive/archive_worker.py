"""One process of several on the same archive: `archive_worker.py URL TASK NAME COUNT`.

`number` registers COUNT batches of three items; `die` stops for ever in the middle of a transaction,
after everything is written and before it is committed, for the parent to kill; `sign` signs the head.
"""

from __future__ import annotations

import sys
import time

from archive_samples import ORIGIN, SERIES, TIME, component, item

from archive import catalogue, numbering
from archive.database import Database, open_database
from archive.events import ItemRegistered
from archive.ledger import Ledger
from archive.notes import Ed25519Signer


def register(database: Database, ledger: Ledger, name: str, *, wait: bool = False) -> None:
    with database.write() as tx:
        first = numbering.allocate(tx, SERIES, 3)
        events = []
        for n in range(3):
            content = item(
                first + n,
                id=f"i{name}{first + n}",
                batch=f"b{name}",
                components=(component(f"o{name}{first + n}"),),
            )
            events.append(ItemRegistered(content))
        catalogue.record(tx, ledger, events, TIME)
        if wait:
            print("in the middle", flush=True)
            time.sleep(600)


def main(url: str, task: str, name: str, count: str) -> None:
    database = open_database(url)
    ledger = Ledger(database, ORIGIN)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(count)):
        if task == "sign":
            print(ledger.sign_head(Ed25519Signer(ORIGIN, name.encode() * 32), TIME).note, flush=True)
        else:
            register(database, ledger, name, wait=task == "die")


if __name__ == "__main__":
    main(*sys.argv[1:])
