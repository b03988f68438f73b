"""nginx sending plain files, as what a server can send at best: its defaults, one worker, `sendfile`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.http_parts import Server, free_port, running

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {scratch}/pid;
error_log stderr error;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@contextmanager
def nginx(root: Path) -> Iterator[Server]:
    """nginx over the folder `root`. Raises `RunFailed` where it does not start."""
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    with TemporaryDirectory(prefix="nginx-") as scratch:
        file = Path(scratch) / "nginx.conf"
        text = _CONFIGURATION.format(scratch=scratch, port=port, root=root.resolve(), user=user)
        file.write_text(text, encoding="utf-8")
        with running(["nginx", "-p", scratch, "-c", str(file)], port, "/") as server:
            yield server
