"""What the documents say is what the program does: commands, options, settings, links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from lantai.cli.main import app
from lantai.settings import Settings, SiteSettings
from search.query import parse

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "user-guide.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# `lantai --home DIR COMMAND` in a line of shell or in code marks.
CALL = re.compile(r"(?:^|`|\$ |exec )lantai(?: --home \S+)? ([a-z]+)\b", re.MULTILINE)


def commands() -> dict[str, Any]:
    return dict(getattr(typer.main.get_command(app), "commands"))  # noqa: B009 - typer does not type it


def options(command: Any) -> set[str]:
    """A command's own, and those of the commands that stand under it."""
    own = {name for parameter in command.params for name in parameter.opts if name.startswith("-")}
    return own.union(*map(options, getattr(command, "commands", {}).values()))


def section(command: str) -> str:
    """The part of the guide under the heading of one command."""
    found = re.search(rf"^### `{command}\b.*?(?=^##|\Z)", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    return found.group() if found else ""


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_guide_explains_each_command_with_all_its_options(command: str) -> None:
    text = section(command)
    assert text, f"docs/user-guide.md has no section for `lantai {command}`"
    common = {"--json", "--as", "--help"}  # explained once, at the top
    missing = [name for name in options(commands()[command]) - common if name not in text]
    assert not missing


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_guide_explains_no_option_that_is_not_there(command: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", section(command)))
    assert named <= options(commands()[command]) | {"--json", "--as", "--home", "--help"}


def test_the_guide_explains_no_command_that_is_not_there() -> None:
    headings = re.findall(r"^### `([a-z]+)", GUIDE.read_text(encoding="utf-8"), re.M)
    assert set(headings) == set(commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_command_that_a_page_names_is_there(page: Path) -> None:
    named = set(CALL.findall(page.read_text(encoding="utf-8")))
    assert named <= set(commands())


# One word for one thing in Chinese: what must not stand where the glossary has another word.
OTHER_WORDS = {
    "账册": ("账本", "帐本", "账簿"),
    "存储点": ("保存处", "存储处", "保存点"),
    "账册条目": ("账目", "账本记录"),
    "编号系列": ("同一类别内",),
    "移交目录": ("清单",),
    "档案库文件夹": ("主目录",),
    "检查点": ("签名账首", "账首"),
    "加密固化": ("封存", "密封", "封装副本"),
    "检测": ("读检",),
    "警告": ("提示 ",),
    "管理过程": ("履历",),
    "电子档案": ("数字档案",),
    "冻结": ("暂停处置", "留存限制"),
    "调阅口令": ("提取码",),
    "密钥更换": ("轮换",),
    "预检": ("试检",),
    "第二因素": ("动态口令", "第二因子"),
    "开放审核": ("划定开放", "开放鉴定"),
    "利用副本": ("浏览副本",),
    "密级": ("密级标识",),
    "停止利用": ("已撤回",),
    "档案证明": ("开具证明",),
}
CHINESE_TEXTS = (
    "lantai/messages.toml",
    "policies/findings.toml",
    "README.zh-CN.md",
    "docs/glossary.md",
    *(f"lantai/words/{path.name}" for path in sorted((ROOT / "lantai" / "words").glob("*.toml"))),
)


@pytest.mark.parametrize("name", CHINESE_TEXTS)
def test_one_word_stands_for_one_thing_in_chinese(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for standard in ("封存保管", "移交清单", "机读检验"):  # a set, a list, a check, by their standard names
        text = text.replace(standard, "")
    assert not [word for words in OTHER_WORDS.values() for word in words if word in text]


@pytest.mark.parametrize("word", sorted({*OTHER_WORDS} - {"检测", "管理过程", "电子档案"} | {"目录库"}))
def test_the_glossary_has_the_one_word(word: str) -> None:
    assert f"| {word} |" in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def tables_of_settings() -> dict[str, type[msgspec.Struct]]:
    """Each table of lantai.toml, by its heading, with its fields."""
    fields = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    inner = {f"[{name}]": kind for name, kind in fields.items() if isinstance(kind, type)}
    structs = {name: kind for name, kind in inner.items() if issubclass(kind, msgspec.Struct)}
    return {"": Settings, "[[sites]]": SiteSettings, **structs}


@pytest.mark.parametrize(("table", "kind"), tables_of_settings().items())
def test_every_setting_is_explained(table: str, kind: type[msgspec.Struct]) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    inside = text.partition(f"## `{table}`")[2].partition("\n## ")[0] if table else text.partition("\n## ")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", inside, re.M))
    tables = {name.strip("[]") for name in tables_of_settings()} if kind is Settings else set()
    assert explained == set(kind.__struct_fields__) - tables


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_two_readmes_show_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"^(?:make|lantai)\b.*$", (ROOT / name).read_text(encoding="utf-8"), re.M)
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese


def test_every_query_that_the_page_on_searching_shows_can_be_asked() -> None:
    page = (ROOT / "docs" / "search.md").read_text(encoding="utf-8").partition("## The query")[2]
    rows = re.findall(r"^\| (`.*?) \|", page.partition("\n- ")[0], re.M)
    queries = [query for row in rows for query in re.findall(r"`([^`]+)`", row)]
    assert len(queries) > 20
    for query in queries:
        parse(query)


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
