"""Rule sets: read from TOML, checked for sense, and asked by the rest of the room.

A rule set is data with a name and a version; a malformed one is refused here with place and reason,
never half used. Not done here: reading files from a disk (the caller gives the text), judging.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType

import msgspec

from policies.errors import MalformedRuleSet, UnknownRuleSet
from policies.findings import Severity
from policies.folding import bare, fold_code, fold_heading, fold_word, searched
from policies.ruleset_checks import faults
from policies.ruleset_later import Later, later_of, merged
from policies.ruleset_model import NO_PROBE, Category, CodeProfile, RuleFile
from policies.site_rules import FondsSection, SiteRules, parse_keeping

__all__ = ["CodeProfile", "MalformedRuleSet", "RuleSet", "builtin", "builtin_names", "parse"]

_KEEPING, _LATER = ".keeping.toml", ".later.toml"


class RuleSet(RuleFile, frozen=True, kw_only=True, dict=True):
    """A checked rule set: the tables of its file, and what follows from them.

    `digest` is the SHA-256 of its text, in hex; `sites` and `fonds_file` come from another file and are no
    part of it, because they judge no batch. A word means what the tables say of it, compared
    without case, width and white space; "" stands for a word that they do not know.
    """

    digest: str
    sites: SiteRules
    fonds_file: tuple[FondsSection, ...] = ()
    later: Later = Later()

    def digest_for(self, listed: Iterable[tuple[str, str]]) -> str:
        """The digest that a batch is judged under: of the first version, unless one of its components, by
        category and name of file, is of what was accepted later.
        """
        known = ((self.category_of(category), name) for category, name in listed)
        return f"{self.digest}+{self.later.digest}" if self.later.concerns(known) else self.digest

    def place(self, path: str) -> str:
        """A place in this rule set as findings name it, such as `shandong-2016/list.required`."""
        return f"{self.name}/{path}"

    def severity(self, kind: str) -> Severity | None:
        """The severity that this rule set gives a kind of finding, None for the usual one."""
        return self.severities.get(kind)

    def category_of(self, text: str) -> str:
        """The category code that a code or word means ("" for none); sub-levels are kept."""
        code = fold_code(text).upper()
        first = code.partition("·")[0]
        if first in self.categories or code in self.categories:
            return code
        return self._categories.get(fold_word(text), "")

    def category_rules(self, code: str) -> Category | None:
        """The rules of a category; one with sub-levels has those of the nearest level above."""
        while code and code not in self.categories:
            code = code.rpartition("·")[0]
        return self.categories.get(code)

    def retention_of(self, text: str) -> str:
        """The retention code that a code or word means, "" for none."""
        return self._retention.get(fold_word(text), "")

    def role_of(self, text: str) -> str:
        """The role that a word means, "" for none; nothing means the default role."""
        return self._roles.get(fold_word(text), "") if text.strip() else self.default_role

    def access_of(self, text: str) -> str:
        """The access status that a word means, "" for none."""
        return self._access.get(fold_word(text), "")

    def field_of(self, heading: str) -> str:
        """The field that a heading of the list names, punctuation left out; "" for none."""
        return self.headings.get(fold_heading(heading), "")

    def format_of(self, puid: str, name: str = "") -> str:
        """The rule set's name of a format by PRONOM id, else by that name or by its probe's; "" for none."""
        if puid in self._puids:
            return self._puids[puid]
        if puid or not name:
            return ""
        if name in self.formats:
            return name
        return next((known for known, rule in self.formats.items() if rule.probe == name), "")

    @cached_property
    def probes(self) -> Mapping[str, str]:
        """PRONOM id to probe, for every format that one can read."""
        readable = {puid: self.formats[name].probe for puid, name in self._puids.items()}
        return MappingProxyType({puid: probe for puid, probe in readable.items() if probe != NO_PROBE})

    @cached_property
    def secret_pattern(self) -> re.Pattern[str]:
        """What must stand in no field."""
        return _either(self.secrecy.patterns)

    @cached_property
    def secret_signs(self) -> re.Pattern[str]:
        """What every text with a mark holds."""
        return re.compile(self.secrecy.signs)

    @cached_property
    def bare_mark(self) -> re.Pattern[str]:
        """A whole text without white space that is a mark and nothing more."""
        marks = "|".join(sorted({re.escape(searched(mark)[1]) for mark in self.secrecy.refused}, key=len))
        return re.compile(rf"[\W_]*(?:{marks})(?:{self.secrecy.tail}|[\W_])*")

    @cached_property
    def ordinary_words(self) -> re.Pattern[str]:
        """Words that hold a mark's characters and are none."""
        return _either(self.secrecy.ordinary)

    @cached_property
    def declassified(self) -> re.Pattern[str]:
        """What tells of a declassification."""
        return _either(self.secrecy.declassified)

    @cached_property
    def secrecy_heading(self) -> re.Pattern[str]:
        """What a heading of secrecy levels holds, however it is worded."""
        return _either(self.secrecy.headings)

    @cached_property
    def open_levels(self) -> frozenset[str]:
        """The secrecy values that are not refused, as `folding.bare` writes them; "" among them."""
        return frozenset(("", *(bare(word) for word in self.secrecy.open)))

    @cached_property
    def _puids(self) -> Mapping[str, str]:
        return {puid: name for name, rule in self.formats.items() for puid in rule.puids}

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """Every heading, as `folding.fold_heading` writes it, with its field."""
        named = self.list.headings.items()
        return {fold_heading(word): field for field, words in named for word in (field, *words)}

    @cached_property
    def _categories(self) -> Mapping[str, str]:
        named = self.categories.items()
        return _words((code, (code, c.names.zh, c.names.en, *c.synonyms)) for code, c in named)

    @cached_property
    def _retention(self) -> Mapping[str, str]:
        named = self.retention.items()
        return _words((code, (code, r.names.zh, r.names.en, *r.synonyms)) for code, r in named)

    @cached_property
    def _roles(self) -> Mapping[str, str]:
        return _words((role, (role, *words)) for role, words in self.roles.items())

    @cached_property
    def _access(self) -> Mapping[str, str]:
        return _words((status, (status, *words)) for status, words in self.access.items())


def parse(text: str, source: str, keeping: str = "[sites]", later: str = "") -> RuleSet:
    """The rule set that `text` (TOML) holds, with what `keeping` asks and what
    was accepted `later`; `source` names it in errors.

    Raises `MalformedRuleSet` with the place and the reason: bad TOML, an unknown or missing key, a
    value of the wrong type, or one that contradicts another.
    """
    try:
        file = msgspec.convert(merged(tomllib.loads(text), later), RuleFile, strict=True)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        raise MalformedRuleSet(source, place.rstrip(")") or "file", reason or str(error)) from error
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise MalformedRuleSet(source, place.strip("`.") or "file", reason) from error
    kept = parse_keeping(keeping, f"{source}, keeping")
    headings = msgspec.structs.replace(file.list, headings=kept.headings | file.list.headings)
    file = msgspec.structs.replace(file, list=headings)
    for place, reason in faults(file):
        raise MalformedRuleSet(source, place, reason)
    tables = {name: getattr(file, name) for name in file.__struct_fields__}
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return RuleSet(
        **tables, digest=digest, sites=kept.sites, fonds_file=kept.fonds_file, later=later_of(later)
    )


@cache
def builtin(name: str) -> RuleSet:
    """The rule set of this name that comes with the program, read once in a process: nobody changes it.

    Raises `UnknownRuleSet`.
    """
    if name not in builtin_names():
        raise UnknownRuleSet(
            name, "name", f"there is none of this name; there are {', '.join(builtin_names())}"
        )
    folder = resources.files("policies").joinpath("rulesets")
    text, keeping = (
        folder.joinpath(f"{name}{end}").read_text(encoding="utf-8") for end in (".toml", _KEEPING)
    )
    added = folder.joinpath(f"{name}{_LATER}")
    return parse(text, name, keeping, added.read_text(encoding="utf-8") if added.is_file() else "")


def builtin_names() -> tuple[str, ...]:
    """The names of the rule sets that come with the program."""
    folder = resources.files("policies").joinpath("rulesets")
    names = (f.name for f in folder.iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.count(".") == 1))


def _words(named: Iterable[tuple[str, Iterable[str]]]) -> Mapping[str, str]:
    return {fold_word(word): meaning for meaning, words in named for word in words}


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern for any of several; that of none matches nothing."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")
