"""The fields a query may name, in English and in Chinese, and how each is asked."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


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
        "notes": Kind.TEXT,
        "text": Kind.TEXT,
        "fonds": Kind.VALUE,
        "category": Kind.VALUE,
        "retention": Kind.VALUE,
        "office": Kind.VALUE,
        "access": Kind.VALUE,
        "code": Kind.CODE,
        "year": Kind.YEAR,
        "date": Kind.DATE,
    }
)

_SYNONYMS = MappingProxyType(
    {
        "title": "题名 标题",
        "author": "责任者 作者",
        "keywords": "关键词 主题词",
        "people": "人名 人物",
        "place": "地点",
        "abstract": "摘要",
        "document_number": "文号 发文字号 文件编号",
        "notes": "备注 附注",
        "text": "正文 全文",
        "fonds": "全宗 全宗号",
        "category": "门类 门类代码",
        "retention": "保管期限 期限",
        "office": "机构 问题",
        "access": "开放 开放意见",
        "code": "档号 原档号",
        "year": "年度",
        "date": "日期 成文日期",
    }
)

NAMES = MappingProxyType(
    {name: name for name in KINDS}
    | {synonym: name for name, synonyms in _SYNONYMS.items() for synonym in synonyms.split()}
)
"""Every name a query may use, to the field it means."""


def field_of(name: str) -> str | None:
    """The field that `name` (any case, English or Chinese) means, or None."""
    return NAMES.get(name.casefold())
