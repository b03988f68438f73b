"""A destruction beside a repair or a replication that read its batch before."""

from __future__ import annotations

import shutil
from pathlib import Path

from batches import new_home
from canaries import Canary, taken_in

from archive import catalogue
from lantai.wiring import opened
from processes.auditing.audit_mend import Mender
from processes.auditing.audited import Kind, SiteAudit
from processes.auditing.copies import KeptObject
from processes.auditing.copies_keyring import KeptKeyring, Proofs
from processes.destruction.destroy import destroy
from processes.replicating.replicate_site import Filling
from processes.replicating.replicated import SiteReplication


def test_nothing_is_brought_back_by_what_read_the_batch_before_it_was_destroyed(tmp_path: Path) -> None:
    """A repair or a replication under way meanwhile; the site that it copies from was away."""
    home = new_home(tmp_path)
    canary: Canary = taken_in(home, tmp_path / "incoming")
    with opened(home) as archive:
        with archive.database.read() as conn:
            stored = list(catalogue.all_components(conn, canary.batch))
        gone = [one for one in stored if one.code == canary.code]
        older = {site: home / "sites" / site / "objects" / canary.batch for site in ("site-a", "site-b")}
        kept = shutil.copytree(older["site-b"], home / "kept")
        assert destroy(archive.tools(), archive.index, [canary.code], "期满").whole
        shutil.copytree(kept, older["site-b"], dirs_exist_ok=True)
        tools = archive.tools()
        results = {site: SiteAudit(site) for site in older}
        for one in gone:
            Mender(tools, results, repair=True).see_to(KeptObject(tools, one, {}), {"site-a": Kind.MISSING})
        others = frozenset({canary.batch, *(one.item for one in stored)})
        needs = {one.object_id: one.code for one in stored}
        keyring = KeptKeyring(tools, canary.batch, needs, others, Proofs(tools, canary.batch))
        Mender(tools, results, repair=True).see_to(keyring, dict.fromkeys(older, Kind.OLD))
        assert not (results["site-a"].missing or results["site-a"].damaged or results["site-a"].lost)
        with Filling.of(tools, SiteReplication("site-a"), frozenset()) as filling:
            assert filling._some(gone, [archive.vault.site("site-b")])
        assert gone and not any((older["site-a"] / one.object_id).exists() for one in gone)
