"""That a request which changes something was made by our own page: by its site, and by the session's token.

A browser says with every request where it comes from (`Sec-Fetch-Site`, `Origin`), and no other page can read
the session's token. What says nothing of a site is no browser's, and then the token alone decides.
Sources: OWASP, Cross-Site Request Forgery Prevention; Fetch Metadata Request Headers. Not here: cookies.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

from lantai.api.faults import Forgery

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})
HEADER = "X-CSRF-Token"


def need_own_site(site: str, origin: str, host: str, origins: Collection[str]) -> None:
    """What the browser says of the request's page, "" where it says nothing. Raises `Forgery`.

    `origins` are the archive's own; where there are none it is the host that was asked.
    """
    if site and site not in OURS:
        raise Forgery("the request comes from another site")
    if not origin:
        return
    own = origin in origins if origins else bool(host) and origin.partition("://")[2].lower() == host.lower()
    if not own:
        raise Forgery("the request comes from another origin")


def need_token(known: str, given: str) -> None:
    """The session's token came along. Raises `Forgery`."""
    if not known or not hmac.compare_digest(known.encode(), given.encode("utf-8", "surrogatepass")):
        raise Forgery(f"the header {HEADER} must hold the session's token, which GET /api/v1/session tells")
