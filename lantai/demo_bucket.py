"""The demonstration's third site: a bucket of a real S3 server, for as long as the demonstration runs.

Not done here: taking the site out of the settings again (`sites retire`), and anything where no server is
installed: then there is no third site.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from lantai.local_store import LocalStore, NoStore, User
from lantai.settings import FILE_NAME

NAME = "site-c"
_BUCKET = "lantai-demo"
_TABLE = """
[[sites]]
name = "{name}"
kind = "s3"
endpoint = "{endpoint}"
bucket = "{bucket}"
credentials = "{credentials}"
role = "backup"
"""


@contextmanager
def third_site(folder: Path, home: Path) -> Iterator[str]:
    """Start a server in `folder` and name its bucket in the settings of `home`; why not, or nothing.

    The server ends, and its data goes, on leaving.
    """
    owner = User("owner", ("Admin",))
    keeper = User("keeper", tuple(f"{right}:{_BUCKET}" for right in ("Read", "Write", "List")))
    store = LocalStore(folder, (owner, keeper))
    try:
        try:
            store.start()
        except NoStore as why:
            yield str(why)
            return
        _make_bucket(store, owner)
        _name_it(home, store, keeper)
        yield ""
    finally:
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)
        (home / "keys" / f"{NAME}.toml").unlink(missing_ok=True)


def _make_bucket(store: LocalStore, owner: User) -> None:
    """As the server's owner would: Lantai itself makes no buckets."""
    from minio import Minio

    client = Minio(
        urlsplit(store.endpoint).netloc, owner.access_key, owner.secret_key, secure=False, region="us-east-1"
    )
    client.make_bucket(_BUCKET)


def _name_it(home: Path, store: LocalStore, keeper: User) -> None:
    credentials = home / "keys" / f"{NAME}.toml"
    credentials.touch(mode=0o600)
    credentials.write_text(keeper.as_file(), "utf-8")
    table = _TABLE.format(
        name=NAME, endpoint=store.endpoint, bucket=_BUCKET, credentials=credentials.relative_to(home)
    )
    with (home / FILE_NAME).open("a", encoding="utf-8") as settings:
        settings.write(table)
