"""What the settings say of an organisation's own sign-in, made into the part that the HTTP door works with.

Not here: the sign-in itself (`processes.people.organisation`), its routes (`lantai.api.organisation`).
"""

from __future__ import annotations

from lantai.secrets_in import secret_file
from lantai.wiring import Archive
from processes.people.organisation import Organisation, Provider
from processes.people.people_errors import OrganisationAway
from storage.errors import StorageError

RETURN = "/api/v1/session/organisation/return"


def organisation_of(archive: Archive) -> Organisation | None:
    """The organisation's sign-in, None where the settings name none. Nothing is asked of it yet."""
    http = archive.settings.http
    own = http.organisation
    if own is None:
        return None

    def secret() -> str:
        if own.client_secret_file is None:
            return ""
        try:
            return secret_file(archive.home / own.client_secret_file)
        except StorageError as fault:
            raise OrganisationAway("the archive's own secret for it cannot be read") from fault

    return Organisation(Provider(own.issuer, own.client_id, secret, own.claim, http.origins[0] + RETURN))
