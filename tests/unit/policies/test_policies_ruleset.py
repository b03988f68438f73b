from __future__ import annotations

import hashlib
from importlib import resources

import pytest

from policies.errors import LantaiError, MalformedRuleSet, UnknownRuleSet
from policies.findings import Severity
from policies.ruleset import RuleSet, builtin, builtin_names, parse
from policies.ruleset_model import ACCESS, FIELDS, PROBES

SHANDONG = resources.files("policies").joinpath("rulesets", "shandong-2016.toml").read_text(encoding="utf-8")
DIGESTS = {
    "shandong-2016": "bbef97544668fc68208fbf2362edc9da4d1f440695a859870a67005840da21aa",
    "da-t-13-2022": "c370b06d335bfe097312f9aa64652de64f8b759c32df0a75ded64182c65c10e9",
}
"""Those of release 0.1.0: a batch that was taken in under them is known again when it is repeated."""


def changed(old: str, new: str) -> str:
    """The Shandong rule set with one place of its text changed."""
    assert SHANDONG.count(old) >= 1, old
    return SHANDONG.replace(old, new, 1)


def refusal(text: str) -> MalformedRuleSet:
    with pytest.raises(MalformedRuleSet) as caught:
        parse(text, "trial.toml")
    return caught.value


@pytest.mark.parametrize("name", builtin_names())
def test_what_comes_with_the_program_can_be_used(name: str) -> None:
    rules = builtin(name)
    assert rules.name == name
    assert set(rules.probes.values()) <= set(PROBES)
    assert set(rules.access) == set(ACCESS)
    assert rules.titles.zh
    assert rules.titles.en


def test_the_two_rule_sets_are_there() -> None:
    assert {"shandong-2016", "da-t-13-2022"} <= set(builtin_names())


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UnknownRuleSet, match="shandong-2016"):
        builtin("../shandong-2016")
    assert issubclass(UnknownRuleSet, LantaiError)


def test_the_digest_is_of_the_text() -> None:
    assert parse(SHANDONG, "x").digest == hashlib.sha256(SHANDONG.encode()).hexdigest()
    assert parse(SHANDONG + "\n# a word more\n", "x").digest != builtin("shandong-2016").digest


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("width = 4", "width = '4'", "code.width", "Expected `int`"),
        ("width = 4", "width = 0", "code.width", ">= 1"),
        ("width = 4", "", "code", "missing required field `width`"),
        ("width = 4", "width = 4\nheight = 5", "code", "unknown field `height`"),
        ('dialect = "mixed"', 'dialect = "wild"', "code.dialect", "Invalid enum value 'wild'"),
        ('version = "1"', 'version = ""', "version", "length >= 1"),
        ('name = "shandong-2016"', 'name = "../x"', "name", "regex"),
        ("[limits]\n", "[limits\n", "line", "Expected"),
        ("max_pixels = 500_000_000", "max_pixels = 0", "limits.max_pixels", ">= 1"),
        ("min_pixels = 3_000_000", "min_pixels = -1", "categories[...].roles[...].min_pixels", ">= 0"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(old: str, new: str, place: str, reason: str) -> None:
    fault = refusal(changed(old, new))
    assert fault.place.startswith(place)
    assert reason in fault.reason
    assert "trial.toml" in str(fault)


SERIES = 'series = ["fonds", "category", "year", "retention", "office"]'
MAIN_WS = 'main = { formats = ["pdf", "ofd", "jpeg", "tiff"] }'


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        (SERIES, 'series = ["fonds", "volume"]', "code.series", "volume is not a level"),
        (SERIES, "series = []", "code.series", "at least one"),
        (SERIES, 'series = ["fonds", "item"]', "code.series", "item"),
        (SERIES, 'series = ["fonds", "fonds"]', "code.series", "twice"),
        ("pattern = '[A-Z0-9]{4}'", "pattern = '[A-Z'", "code.levels[0].pattern", "not a regular expression"),
        ("pattern = '[A-Z0-9]{4}'", "pattern = '.+'", "code.levels[0].pattern", "separator"),
        ("pattern = '[A-Z0-9]{4}'", "pattern = '[A-Z0-9]*'", "code.levels[0].pattern", "nothing at all"),
        ("pattern = '[A-Z0-9]{4}'", "pattern = '([A-Z])[0-9]{3}'", "code.levels[0].pattern", "capture"),
        ("pattern = '[A-Z0-9]{4}'", "", "code.levels[0].pattern", "needs a pattern"),
        ('part = "item"', "part = \"item\"\npattern = '[0-9]{4}'", "code.levels[5].pattern", "code.width"),
        ('part = "item"', 'part = "item"\noptional = true', "code.levels", "item"),
        ('part = "item"', 'part = "volume"\npattern = "[0-9]{3}"', "code.levels", "last level"),
        ('part = "retention"', 'part = "retention"\noptional = true', "code.levels", "told apart"),
        ("sub_level = '[0-9A-Z]{1,3}'", "sub_level = '[0-9]{4}'", "code.sub_level", "level year"),
        (MAIN_WS, 'main = { formats = ["pdf", "djvu"] }', "categories.WS.roles.main.formats", "djvu"),
        (MAIN_WS, MAIN_WS.replace("main", "principal"), "categories.WS.roles.principal", "[roles]"),
        (MAIN_WS, 'main = { formats = ["ofd"] }', "formats.pdf.category", "WS does not accept pdf"),
        ("[categories.SW]", "[categories.Sw]", "categories.Sw", "does not have the form"),
        ('zh = "实物"', 'zh = "照片"', "categories.SW", "claimed by ZP"),
        ('probe = "wav"', 'probe = "flac"', "formats.wav.probe", "flac is not a probe"),
        ('puids = ["fmt/134"]', 'puids = ["fmt/141"]', "formats.wav", "claimed by mp3"),
        ('puids = ["fmt/134"]', "puids = []", "formats.mp3", "PRONOM"),
        ('extensions = ["mp3"]', 'extensions = [".MP3"]', "formats.mp3.extensions", "lower case"),
        ('category = "LY"', 'category = "QQ"', "formats.mp3.category", "QQ is not one of"),
        ('synonyms = ["10年"', 'synonyms = ["30年"', "retention.D10", "claimed by D30"),
        (
            'synonyms = ["10年"',
            'synonyms = ["短期"',
            "retention.D10.synonyms",
            "must not be turned into years",
        ),
        ("[retention.D10]", "[retention.T10]", "retention.T10", "does not have the form"),
        ('place = ["地点"]', 'place = ["题 名"]', "list.headings.place", "claimed by title"),
        ('place = ["地点"]', 'where = ["地点"]', "list.headings.where", "not a field"),
        ('year = ["年度", "归档年度"]', "", "list.headings.year", "is missing"),
        ('required = ["file", ', "required = [", "list.required", "must hold file"),
        ("title = 500", "titel = 500", "list.max_length.titel", "not a field"),
        ('multiline = ["abstract"', 'multiline = ["text"', "list.multiline.text", "not a field"),
        ('default_role = "main"', 'default_role = "first"', "default_role", "first is not one of"),
        ('attachment = ["附件"]', 'attachment = ["正文"]', "roles.attachment", "claimed by main"),
        ("'[绝絕][", "'([绝絕][", "secrecy.patterns", "not a regular expression"),
        ("tail = '", "tail = '|", "secrecy.tail", "match everywhere"),
        ("signs = '[密", "signs = '[蜜", "secrecy.signs", "would not be found"),
        ('"公开", "内部"', '"机密", "内部"', "secrecy.open", "机密 is also a refused mark"),
        ('exempt = ["secrecy_changes"', 'exempt = ["secrecy_chances"', "secrecy.exempt", "not a field"),
        ('exempt = ["secrecy_changes"', 'exempt = ["title"', "secrecy.exempt", "cannot be"),
        ('title = ["题名"', 'title = ["*文件名"', "list.headings.title", "claimed by file"),
        ('postponed = ["延期开放"', 'postponed = ["控制"', "access.postponed", "claimed by restricted"),
        ("postponed = [", "later = [", "access.later", "not an access status"),
        ("[limits]", '[severities]\nno-such = "warn"\n[limits]', "severities.no-such", "not a kind"),
        (
            "[limits]",
            '[severities]\nsecrecy-refused = "info"\n[limits]',
            "severities.secrecy-refused",
            "may change",
        ),
    ],
)
def test_a_contradiction_is_refused_with_its_place(old: str, new: str, place: str, reason: str) -> None:
    fault = refusal(changed(old, new))
    assert fault.place == place
    assert reason in fault.reason


@pytest.mark.parametrize("key", ["refused", "headings", "patterns"])
def test_rules_that_would_refuse_no_secret_are_refused_themselves(key: str) -> None:
    table = SHANDONG.index("[secrecy]")
    start = SHANDONG.index(f"\n{key} = [", table) + 1
    end = SHANDONG.index("]\n", start) + 2
    assert refusal(SHANDONG[:start] + f"{key} = []\n" + SHANDONG[end:]).place == f"secrecy.{key}"


@pytest.mark.parametrize("text", ["", "name = 'x'", "[code]\n", "\x00"])
def test_nothing_is_no_rule_set(text: str) -> None:
    assert refusal(text).reason


def test_words_are_compared_without_case_width_and_white_space(shandong: RuleSet) -> None:
    assert shandong.field_of(" 机构（问题） ") == "office"
    assert shandong.field_of("ＴＩＴＬＥ") == "title"
    assert shandong.field_of("no such heading") == ""
    assert shandong.retention_of("定期 30 年") == "D30"
    assert shandong.retention_of("d30") == "D30"
    assert shandong.access_of("开放") == "open"
    assert shandong.role_of("附件") == "attachment"
    assert shandong.role_of(" ") == "main"
    assert shandong.category_of("文书") == "WS"
    assert shandong.category_of("ｋｕ•01") == "KU·01"


@pytest.mark.parametrize("term", ["长期", "短期", "长 期", "40年", ""])
def test_older_terms_are_never_turned_into_new_ones(shandong: RuleSet, dotted: RuleSet, term: str) -> None:
    assert shandong.retention_of(term) == dotted.retention_of(term) == ""


def test_a_sub_level_has_the_rules_of_its_category(shandong: RuleSet) -> None:
    assert shandong.category_rules("KU·01") is shandong.categories["KU"]
    assert shandong.category_rules("XX") is None


def test_formats_are_known_by_pronom_id_first(shandong: RuleSet) -> None:
    assert shandong.format_of("fmt/43") == "jpeg"
    assert shandong.format_of("fmt/11", "jpeg") == ""
    assert shandong.format_of("", "jpeg") == "jpeg"
    assert "lantai/ofd" not in shandong.probes


def test_a_rule_set_may_raise_what_is_adjustable(shandong: RuleSet, dotted: RuleSet) -> None:
    assert shandong.severity("document-fonts-missing") is None
    assert dotted.severity("document-fonts-missing") is Severity.FAIL


def test_the_headings_of_both_rule_sets_name_fields_of_the_list(shandong: RuleSet, dotted: RuleSet) -> None:
    for rules in (shandong, dotted):
        assert set(rules.list.headings) <= set(FIELDS)
    assert "volume" in dotted.list.headings
    assert "volume" not in shandong.list.headings


@pytest.mark.parametrize(("name", "digest"), DIGESTS.items())
def test_where_paper_stands_may_be_said_and_makes_no_batch_another_one(name: str, digest: str) -> None:
    rules = builtin(name)
    for field, heading in (
        ("box", "盒号"),
        ("box", "Box"),
        ("shelf", "存放位置"),
        ("shelf", "架 位"),
        ("shelf", "存址"),
    ):
        assert rules.field_of(heading) == field
    assert rules.digest == digest


def test_a_heading_beside_the_rules_cannot_take_one_of_theirs() -> None:
    with pytest.raises(MalformedRuleSet, match="备注"):
        parse(SHANDONG, "trial", '[sites]\n[headings]\nbox = ["备注"]')
