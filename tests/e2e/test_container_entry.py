"""The container's command puts each site on a volume of its own, and the archive still works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_after_init_each_site_stands_on_its_own_volume(tmp_path: Path) -> None:
    for name in ("site-a", "site-b"):
        (tmp_path / "volumes" / name).mkdir(parents=True, mode=0o700)
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LANTAI_HOME": str(tmp_path / "home"),
        "LANTAI_SITES": str(tmp_path / "volumes"),
    }

    def entry(*words: str) -> str:
        command = [str(ROOT / "container" / "entry"), *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    assert json.loads(entry("init", "--json"))["recovery_key"]
    settings = tomllib.loads((tmp_path / "home" / "lantai.toml").read_text(encoding="utf-8"))
    paths = [Path(site["path"]) for site in settings["sites"]]
    assert paths == [tmp_path / "volumes" / "site-a", tmp_path / "volumes" / "site-b"]
    for path in paths:
        assert (path / "ledger" / "checkpoint").is_file()
        assert (path / "keyrings" / "recovery.json").is_file()
    audited = json.loads(entry("audit", "--json"))
    assert [site["damaged"] + site["missing"] for site in audited["sites"]] == [[], []]
