"""An item as an encapsulation package (EEP) of DA/T 48-2009, 原始型: one XML file with content in base64.

    <fonds>/<code>.xml

Elements and their order are those of the standard's schema as third parties repeat it; the official text
was not at hand, so no conformance is claimed. The signature is the archive's own Ed25519 and not from a
certificate: 签名规则 says over what. Written piece by piece: a file of any length takes no memory.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archive.catalogue import Record
from archive.model import Component
from archive.notes import encode_base64
from policies.portable import portable_name, suffix_of, xml_text
from processes.packages.export_parcel import Done, Parcel, Parcels
from processes.packages.export_places import Place
from storage.site import Buffer

NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
SIGNED = "lantai-eep/1"
_LINE = 57
_ACTS = {
    "item.registered": "登记",
    "item.described": "著录更正",
    "item.recoded": "更改档号",
    "item.withdrawn": "停止利用",
}
_ENCODING = (
    "本封装包中“编码数据”元素存储的是计算机文件二进制流的Base64编码，有关Base64编码规则参见"
    "IETF RFC 2045多用途邮件扩展（MIME）第一部分：互联网信息体格式。当提取和显现封装在编码数据元素中的"
    "计算机文件时，应对Base64编码进行反编码，并依据封装包中“反编码关键字”元素中记录的值还原计算机文件的扩展名"
)
_RULE = (
    "对“被签名对象”元素自起始标签“<”至结束标签“>”的全部字节计算SHA-256；以Ed25519对文本“"
    + SIGNED
    + "”、换行、十六进制摘要、换行签名。公钥见“证书”（验证密钥文本的Base64）"
)


class EepExporter:
    """See `Exporter`."""

    def __init__(self, parcels: Parcels, to: Place) -> None:
        self._parcels = parcels
        self._to = to

    def place(self, record: Record) -> str:
        """See `Exporter.place`."""
        return f"{portable_name(record.item.fonds or '-')}/{portable_name(f'{record.item.code}.xml')}"

    def finish(self, _done: Done, _fonds: list[str], items: int) -> int:
        """See `Exporter.finish`: every item is a package."""
        return items

    def add(self, record: Record) -> int:
        """See `Exporter.add`."""
        most = sum(part.bytes for part in record.item.components) * 3 // 2  # base64, and what is around it
        self._to.file(self.place(record), self._document(self._parcels.of(record)), most)
        return sum(part.bytes for part in record.item.components)

    def _document(self, parcel: Parcel) -> Iterator[bytes]:
        yield (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<电子文件封装包 xmlns="{NAMESPACE}">\n'
            + _tag(
                "封装包格式描述",
                "本EEP根据中华人民共和国档案行业标准DA/T 48-2009《基于XML的电子文件封装规范》生成",
            )
            + _tag("版本", "2009")
        ).encode()
        digest = hashlib.sha256()
        for piece in self._signed(parcel):
            digest.update(piece)
            yield piece
        yield b"\n"
        yield self._signature(digest.hexdigest()).encode()
        yield "</电子文件封装包>\n".encode()

    def _signed(self, parcel: Parcel) -> Iterator[bytes]:
        tools = self._parcels.tools
        yield (
            '<被签名对象 eep版本="2009">\n'
            + _tag("封装包类型", "原始型")
            + _tag("封装包类型描述", "本封装包包含电子文件数据及其元数据，原始封装，未经修改")
            + _tag("封装包创建时间", tools.now())
            + _tag("封装包创建单位", tools.vault.archive_id)
            + "<封装内容>\n<文件实体块>\n<文件实体>\n"
            + self._described(parcel)
            + "<文件数据>\n"
        ).encode()
        for number, (part, name, pieces) in enumerate(parcel.files(), 1):
            yield _document_head(number, part, name).encode()
            yield from _base64(pieces())
            yield "</编码数据>\n</编码>\n</文档数据>\n</文档>\n".encode()
        yield "</文件数据>\n</文件实体>\n</文件实体块>\n".encode()
        yield (_business(parcel) + _agents(parcel) + "</封装内容>\n</被签名对象>").encode()

    def _described(self, parcel: Parcel) -> str:
        """The item in the elements of DA/T 46, those that there is a value for and those that must be."""
        item, fields = parcel.record.item, parcel.record.item.fields
        several = "组合文件" if len(item.components) > 1 else "单件"
        pages = fields.get("pages", "")
        access = self._parcels.tools.rules.access.get(item.access, (item.access,))[0]
        return (
            _tag("聚合层次", "文件")
            + _block("来源", {"立档单位名称": self._parcels.unit(parcel.record)})
            + _tag("电子文件号", item.id)
            + f"<档号>{xml_text(item.code)}{_code_parts(parcel.record)}</档号>\n"
            + _block("内容描述", _contents(fields))
            + _block("形式特征", {"文件组合类型": several, "页数": pages if pages.isdecimal() else ""})
            + _block("存储位置", {"脱机载体编号": "无"})
            + _block("权限管理", {"控制标识": access})
            + _tag("附注", fields.get("notes", ""))
        )

    def _signature(self, digest: str) -> str:
        tools = self._parcels.tools
        signed = tools.signer.sign(f"{SIGNED}\n{digest}\n".encode())
        key = encode_base64(str(tools.signer.verifier).encode())
        return (
            "<电子签名块>\n<电子签名>\n"
            + _tag("签名标识符", "修改0-签名1")
            + _tag("签名规则", _RULE)
            + _tag("签名时间", tools.now())
            + _tag("签名人", tools.signer.name)
            + _tag("签名结果", encode_base64(signed))
            + f"<证书块>\n{_tag('证书', key)}</证书块>\n"
            + _tag("签名算法标识", "Ed25519")
            + "</电子签名>\n</电子签名块>\n"
        )


def _code_parts(record: Record) -> str:
    item = record.item
    number = str(item.number) if item.number > 0 else ""
    told = {"全宗号": item.fonds, "年度": item.year, "保管期限": item.retention, "机构或问题": item.office}
    return "".join(_tag(name, value).rstrip("\n") for name, value in (told | {"馆编件号": number}).items())


def _contents(fields: Mapping[str, str]) -> dict[str, str]:
    told = {"题名": "title", "关键词": "keywords", "人名": "people", "摘要": "abstract"}
    told |= {"文件编号": "document_number", "责任者": "author", "日期": "date", "文种": "genre"}
    values = {name: fields.get(field, "") for name, field in told.items()}
    return values | {"密级": fields.get("secrecy", "") or "无", "保密期限": fields.get("secrecy_period", "")}


def _document_head(number: int, part: Component, name: str) -> str:
    place = f"修改0-文档{number}"
    kind = "主文档" if part.role == "main" else "附属文档"
    attributes = {
        "格式信息": f"{part.format} ({part.puid})",
        "计算机文件名": name,
        "计算机文件大小": str(part.bytes),
    }
    return (
        f"<文档>\n{_tag('文档标识符', place)}{_tag('文档序号', str(number))}{_tag('文档主从声明', kind)}"
        f'<文档数据 文档数据ID="{place}-文档数据1">\n<编码 编码ID="{place}-文档数据1-编码1">\n'
        + _block("电子属性", attributes)
        + _tag("编码描述", _ENCODING)
        + _tag("反编码关键字", f"base64-{suffix_of(name).removeprefix('.')}")
        + f'<编码数据 编码数据ID="{place}-文档数据1-编码1-编码数据1">'
    )


def _business(parcel: Parcel) -> str:
    return (
        "<业务实体块>\n"
        + "".join(_act(event, parcel.record.item.id) for event in parcel.shown["history"])
        + "</业务实体块>\n"
    )


def _act(event: Mapping[str, Any], item: str) -> str:
    told = {
        "业务标识符": f"账册条目{event['entry']}",
        "机构人员标识符": event["account"] or "—",
        "文件标识符": item,
        "业务状态": "历史行为",
        "业务行为": _ACTS.get(event["type"], event["type"]),
        "行为时间": event["time"],
        "行为依据": event["reason"],
        "行为描述": event["changed"],
    }
    return _block("业务实体", told)


def _agents(parcel: Parcel) -> str:
    accounts = sorted({event["account"] or "—" for event in parcel.shown["history"]})
    told = [{"机构人员标识符": one, "机构人员类型": "个人", "机构人员名称": one} for one in accounts]
    return "<机构人员实体块>\n" + "".join(_block("机构人员实体", one) for one in told) + "</机构人员实体块>\n"


def _base64(pieces: Iterable[Buffer]) -> Iterator[bytes]:
    """Base64 in lines of 76 signs (RFC 2045)."""
    rest = b""
    for piece in pieces:
        data = rest + bytes(piece)
        whole = len(data) // _LINE * _LINE
        rest = data[whole:]
        yield base64.encodebytes(data[:whole])
    yield base64.encodebytes(rest)


def _block(name: str, inside: Mapping[str, str]) -> str:
    return f"<{name}>\n" + "".join(_tag(each, value) for each, value in inside.items()) + f"</{name}>\n"


def _tag(name: str, value: str) -> str:
    """An element; none where there is no value."""
    return f"<{name}>{xml_text(value)}</{name}>\n" if value else ""
