"""The fields a query may name, in English and in Chinese, and how each is asked."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from policies.access import STATUSES, UNKNOWN_MARK, mark_kind
from search.segment import fold, key


class Kind(StrEnum):
    """How a field is asked: by words, by an exact value, by an archival code, by a year, by a date."""

    TEXT = "text"
    VALUE = "value"
    CODE = "code"
    YEAR = "year"
    DATE = "date"


KINDS = MappingProxyType(
    {
        "title": Kind.TEXT,
        "author": Kind.TEXT,
        "keywords": Kind.TEXT,
        "people": Kind.TEXT,
        "place": Kind.TEXT,
        "abstract": Kind.TEXT,
        "document_number": Kind.TEXT,
        "genre": Kind.TEXT,
        "notes": Kind.TEXT,
        "box": Kind.TEXT,
        "shelf": Kind.TEXT,
        "text": Kind.TEXT,
        "fonds": Kind.VALUE,
        "category": Kind.VALUE,
        "retention": Kind.VALUE,
        "office": Kind.VALUE,
        "access": Kind.VALUE,
        "secrecy": Kind.VALUE,
        "code": Kind.CODE,
        "former_code": Kind.CODE,
        "year": Kind.YEAR,
        "date": Kind.DATE,
    }
)

_SYNONYMS = MappingProxyType(
    {
        "title": "题名 标题",
        "author": "责任者 作者",
        "keywords": "关键词 主题词 keyword",
        "people": "人名 人物 person",
        "place": "地点 地名",
        "abstract": "摘要 提要",
        "document_number": "文号 发文字号 文件编号",
        "genre": "文种",
        "notes": "备注 附注",
        "box": "盒号 盒",
        "shelf": "存放位置 存址 架位 柜架号",
        "text": "正文 全文",
        "fonds": "全宗 全宗号",
        "category": "门类 门类代码 类别",
        "retention": "保管期限 期限",
        "office": "机构 问题 机构问题",
        "access": "开放 开放意见 开放状态",
        "secrecy": "密级",
        "code": "档号",
        "former_code": "原档号 旧档号",
        "year": "年度",
        "date": "日期 成文日期 形成日期",
    }
)

NAMES = MappingProxyType(
    {name: name for name in KINDS}
    | {synonym: name for name, synonyms in _SYNONYMS.items() for synonym in synonyms.split()}
)
"""Every name a query may use, to the field it means."""

_STATUSES = MappingProxyType(
    {
        "open": "开放 公开",
        "restricted": "控制 控制使用 限制 限制利用",
        "postponed": "延期 延期开放",
        "closed": "不开放 不予开放 封闭",
        "unreviewed": "未审核 未审 待审核 未鉴定",
    }
)
_TERM = re.compile("(?:定期)?([1-9][0-9]{0,2})年")


def field_of(name: str) -> str | None:
    """The field that `name` means, in English or Chinese of either script, in any case and width; or None."""
    return _names().get(fold(name))


def value_of(field: str, text: str) -> str | None:
    """What a person wrote for a value as `segment.key` writes the value itself: `永久` is `y`, `开放` is
    `open`. "" for what holds no word; None where the field cannot have it.
    """
    written = "".join(fold(text).split())
    match field:
        case "access":
            status = _statuses().get(written, written)
            return status if status in STATUSES or not key(written) else None
        case "secrecy":
            kind = mark_kind(written)
            return key(kind) if kind not in ("", UNKNOWN_MARK) or not key(written) else None
        case "retention":
            term = _TERM.fullmatch(written)
            return "y" if written == "永久" else f"d{term[1]}" if term else key(text)
    return key(text)


@cache
def _names() -> dict[str, str]:
    return {fold(name): field for name, field in NAMES.items()}


@cache
def _statuses() -> dict[str, str]:
    return {fold(word): status for status, words in _STATUSES.items() for word in words.split()}
