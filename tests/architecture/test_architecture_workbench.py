"""The workbench is a client of the HTTP API, in words of one catalogue; no page runs anything by itself."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from lantai.messages import catalogue
from lantai.web.app import ROUTERS
from lantai.web.choices import router as choices
from lantai.web.page import Anyone, Reader

WEB = Path(__file__).resolve().parents[2] / "lantai" / "web"
WORDS = WEB.parent / "words"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
MODULES = sorted(WEB.glob("*.py"))
BELOW = frozenset({"archive", "ingest", "policies", "processes", "search", "storage"})
ALLOWED = frozenset({"policies.errors"})
SHARED = ("matching", "answers", "faults", "problems", "documents")
OF_API = frozenset(f"lantai.api.{name}" for name in SHARED)
"""What the pages share with the API: its prefix, how a language is told, tables of errors, headers."""
SAID = re.compile(r"""\bt\(\s*'([a-z0-9-]+)'\s*[,)]""")
OR_ELSE = re.compile(r"""\bt\(\s*'([a-z0-9-]+)' if [^)]*? else '([a-z0-9-]+)'\s*[,)]""")
BEGINS = re.compile(r"""\bt\(\s*'([a-z0-9-]+-)' ~""")


def named(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", files, ids=[one.name for one in files])


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@named(MODULES)
def test_a_page_imports_nothing_below_the_doors(path: Path) -> None:
    below = {name for name in imported(path) if name.split(".")[0] in BELOW} - ALLOWED
    api = {name for name in imported(path) if name.startswith("lantai.api")} - OF_API
    assert not below | api, "what a page needs the API tells"


@named(TEMPLATES)
def test_a_template_says_only_what_the_catalogue_has(path: Path) -> None:
    text, known = path.read_text("utf-8"), catalogue()
    keys = set(SAID.findall(text)) | {key for pair in OR_ELSE.findall(text) for key in pair}
    assert not keys - known.keys()
    for beginning in BEGINS.findall(text):
        assert any(key.startswith(beginning) for key in known), beginning


@named(MODULES)
def test_what_a_page_says_was_done_is_in_the_catalogue(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "said" and isinstance(node.value, ast.Constant):
            assert f"said-{node.value.value!s}" in catalogue()


def test_every_word_of_the_pages_stands_in_both_languages_with_the_same_values() -> None:
    for file in sorted(WORDS.glob("*.toml")):
        for key, texts in tomllib.loads(file.read_text("utf-8")).items():
            assert {"en", "zh"} <= texts.keys(), f"{file.name}: {key}"
            if "pattern" in texts:  # a sentence of the rooms below, retold in Chinese
                continue
            values = [set(re.findall(r"\{(\w+)", texts[language])) for language in ("en", "zh")]
            assert values[1] == values[0], f"{file.name}: {key}"
            assert all(texts[language].strip() for language in ("en", "zh")), f"{file.name}: {key}"


def test_every_word_of_the_pages_is_said_somewhere() -> None:
    """By its whole name in quotes, or by the beginning of a name that the program completes."""
    files = [one for kind in ("*.py", "*.html") for one in WEB.parent.rglob(kind) if "front" not in one.parts]
    text = "\n".join(one.read_text("utf-8") for one in files)
    whole = set(re.findall(r"""["']([a-z0-9-]+)["']""", text))
    begun = re.findall(r"""["']([a-z][a-z0-9-]+-)(?:["']|\{)""", text)
    begun += [f"{family}-" for family in re.findall(r"""word\(\s*["']([a-z0-9-]+)["']""", text)]
    for file in sorted(WORDS.glob("*.toml")):
        unsaid = tomllib.loads(file.read_text("utf-8")).keys() - whole
        unsaid = {key for key in unsaid if not key.startswith(("field-", *begun))}  # `label` says fields
        assert not unsaid, f"{file.name}: {sorted(unsaid)}"


@named(TEMPLATES)
def test_a_template_has_nothing_that_runs_or_styles_by_itself(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=|\shx-on|javascript:", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), "another host"


def test_a_choice_whose_empty_answer_is_one_can_be_sent_as_it_stands() -> None:
    given = [line for path in TEMPLATES for line in path.read_text().splitlines() if "choice(" in line]
    empty = [line for line in given if "[(''," in line]
    assert empty and not [line for line in empty if "required=true" in line], "a browser would not send it"


def routes(router: APIRouter) -> list[APIRoute]:
    return [one for one in router.routes if isinstance(one, APIRoute)]


def asks_for(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for one in dependant.dependencies:
        yield from asks_for(one)


@pytest.mark.parametrize("router", [one for one in ROUTERS if one is not choices])
def test_a_page_is_reached_only_as_somebody_who_may_open_it(router: APIRouter) -> None:
    ways = {get_args(one)[1].dependency for one in (Anyone, Reader)}
    for route in routes(router):
        assert ways & set(asks_for(route.dependant)), f"{route.path} asks for neither Anyone nor Reader"


def test_every_form_of_ours_that_changes_something_is_sealed() -> None:
    free = {"sign-in.html", "sign-in-code.html", "first-password.html"}
    for path in TEMPLATES:
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text("utf-8"), re.DOTALL):
            sealed = "seal(session" in form or 'name="csrf"' in form
            assert sealed or path.name in free, f"{path.name}: {form[:80]}"
