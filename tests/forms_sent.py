"""Forms of pages as a browser sends them: with their hidden fields, and what somebody typed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from starlette.testclient import TestClient


def fields(text: str, form: str = "") -> dict[str, str]:
    """The hidden fields of a form on a page, as a browser would send them."""
    part = text.partition(f'id="{form}')[2] if form else text.partition("<main")[2].partition("<form")[2]
    part = part.partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', part)
    return {name: unescape(value) for name, value in found}


def send(client: TestClient, path: str, page: str, form: str = "", **values: str) -> Any:
    """The form `form` of the page at `page`, filled in and sent to `path`."""
    shown = client.get(page)
    assert shown.status_code == 200, shown.text
    return client.post(path, data=fields(shown.text, form) | values, follow_redirects=False)
