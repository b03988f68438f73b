"""What a rule set asks of the places where copies stand: the table `[sites]`, as frozen values.
With it the headings under which a list says where paper stands, and the sections of the fonds file.

It stands in a file of its own beside the rule set (`<name>.keeping.toml`): it judges no batch, so a
change in it makes no batch another one. Not done here: judging (`sites.py`), who reads carriers when.
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

import msgspec

from policies.errors import MalformedRuleSet
from policies.folding import fold_word

Role = Literal["preservation", "backup", "use"]
"""The three sets. Source: sealed keeping 封存保管, off-site 异地保管, for use 提供利用."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Kilometres = Annotated[float, msgspec.Meta(ge=0, le=20_016)]
Share = Annotated[float, msgspec.Meta(gt=0, le=100)]


class CarrierRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often carriers of one kind are read again: years between two reads, percent of the copies."""

    zh: Text
    en: Text
    read_every_years: Annotated[float, msgspec.Meta(gt=0, le=100)]
    sample_percent: Share = 100.0
    synonyms: tuple[Text, ...] = ()


STRICTEST = CarrierRule(zh="其他载体", en="other carriers", read_every_years=1)
"""For a kind that no rule names: every year, all of it."""


class SiteRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[sites]`. A rule that is 0, false or empty is not asked; so is one that is not written.

    Off-site is a copy that is at once `min_distance_km` from another one and, where asked, in another
    river basin, on another power grid and in another seismic belt. `other_media`: so many kinds of medium
    beside the first. `roles`: the sets that must have a site. `carriers`: kinds of medium and their reads.
    """

    min_distance_km: Kilometres = 0.0
    other_river_basin: bool = False
    other_power_grid: bool = False
    other_seismic_belt: bool = False
    other_media: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    roles: tuple[Role, ...] = ()
    carriers: dict[str, CarrierRule] = {}

    def medium_of(self, text: str) -> str:
        """The kind of medium that a word means; the word itself where no rule names it."""
        wanted = fold_word(text)
        for kind, rule in self.carriers.items():
            if wanted in map(fold_word, (kind, rule.zh, rule.en, *rule.synonyms)):
                return kind
        return wanted

    def carrier(self, medium: str) -> CarrierRule:
        """How often a carrier of this medium is read again; an unknown kind as often as the strictest."""
        return self.carriers.get(self.medium_of(medium), STRICTEST)


class CarrierChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an archive decides otherwise for one kind of carrier; None leaves the rule set's."""

    read_every_years: Annotated[float, msgspec.Meta(gt=0, le=100)] | None = None
    sample_percent: Share | None = None


class SiteRuleChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an archive decides otherwise than its rule set; None leaves the rule set's."""

    min_distance_km: Kilometres | None = None
    other_river_basin: bool | None = None
    other_power_grid: bool | None = None
    other_seismic_belt: bool | None = None
    other_media: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None
    roles: tuple[Role, ...] | None = None
    carriers: dict[str, CarrierChange] = {}

    def applied(self, rules: SiteRules) -> SiteRules:
        """The rules with these changes; a kind of carrier that they do not know begins as the strictest."""
        decided = {
            name: value
            for name in self.__struct_fields__
            if name != "carriers" and (value := getattr(self, name)) is not None
        }
        carriers = dict(rules.carriers)
        for kind, change in self.carriers.items():
            known = carriers.get(kind, msgspec.structs.replace(STRICTEST, zh=kind, en=kind))
            told = {name: getattr(change, name) for name in change.__struct_fields__}
            said = {name: value for name, value in told.items() if value is not None}
            carriers[kind] = msgspec.structs.replace(known, **said)
        return msgspec.structs.replace(rules, **decided, carriers=carriers)


class FondsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section of the fonds file (全宗卷)."""

    name: Annotated[str, msgspec.Meta(pattern=r"\A[a-z]+\Z")]
    zh: Text
    en: Text


class KeepingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file beside a rule set: what is asked of keeping, and the `headings` of columns that say where the
    paper stands. Those judge no batch either: a list without them stays the list that it was. `fonds_file`
    are the sections of a fonds file, in their order.
    """

    sites: SiteRules
    headings: dict[str, tuple[Text, ...]] = {}
    fonds_file: tuple[FondsSection, ...] = ()


def parse_keeping(text: str, source: str) -> KeepingFile:
    """The rules that `text` (TOML) holds. Raises `MalformedRuleSet` with the place and the reason."""
    try:
        return msgspec.convert(tomllib.loads(text), KeepingFile, strict=True)
    except tomllib.TOMLDecodeError as error:
        raise MalformedRuleSet(source, "file", str(error)) from error
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise MalformedRuleSet(source, place.strip("`.") or "file", reason) from error
