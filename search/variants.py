"""Forms of one Chinese character: traditional, Hong Kong, Taiwan, Japanese and old ones made simplified.

Every character is turned alone, by opencc's dictionaries, whatever stands beside it. So a phrase matches
however it was cut out of its text, in either script; the price is that 乾隆 and 干隆 are one, as they are for
whoever types. Words that differ between places (軟體, 软件) stay different. The tables are made at first use,
in some hundredths of a second, which only whoever searches or indexes pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_COMMON = range(0x3400, 0xA000)
_RARE = range(0x20000, 0x323B0)
_ALSO = (
    "着著 么幺 叙敍 台枱 妆粧 粽糭 卫衞 只衹 痹痺 睾睪 檐簷 腭颚 鲇鲶 户戸 吴呉 国囯 国圀 "
    "污汚 值値 郎郞 青靑 黄黃 借藉 复覆 背揹 了瞭 余馀 夫伕 宁甯 熏薰 苏甦 坐座 枪鎗 浚濬 "
    "巨钜 具俱 拿拏 仇雠 象像 焰燄 咨谘 琅瑯 仿彷 锄耡 藤籐 果菓 堤隄 昵暱 径迳 钟锺 托讬 "
    "沈渖 旋镟 村邨 豆荳 佑祐"
)
"""The first is taken for the second as well: texts in the other script, and old ones, write either (想象 and
想像, 答复 and 答覆, 隨著 and 随着), and opencc turns one of them only where it knows the word."""


@cache
def simplified() -> Mapping[int, str]:
    """For `str.translate`: every character of the first plane that has a simplified form, to that form.

    In order, and settled: nothing that another character becomes becomes a third.
    """
    characters = list(map(chr, _COMMON))
    steps = _changed(characters, characters, "t2s")
    known = steps.keys() | _ordinary()
    left = [character for character in characters if character not in known]
    old = _changed(left, left, "jp2t")
    steps |= _changed(list(old), list(old.values()), "t2s")
    steps |= {pair[1]: pair[0] for pair in _ALSO.split()}
    settled = {ord(character): _settled(character, steps) for character in sorted(steps)}
    return {point: form for point, form in settled.items() if form != chr(point)}


@cache
def simplified_rare() -> Mapping[int, str]:
    """The same for the planes of rare characters; made only for a text that holds one."""
    characters, common = list(map(chr, _RARE)), simplified()
    steps = _changed(characters, characters, "t2s")
    return {ord(character): common.get(ord(form), form) for character, form in steps.items()}


def _settled(character: str, steps: Mapping[str, str]) -> str:
    for _ in range(4):
        character = steps.get(character, character)
    return character


def _changed(characters: list[str], asked: list[str], way: str) -> dict[str, str]:
    """What each of `asked` becomes, by `characters`: those that become one other character."""
    import opencc  # loads its library

    turned = opencc.OpenCC(way).convert("\n".join(asked)).split("\n")
    pairs = zip(characters, turned, strict=True)
    return {old: new for old, new in pairs if new != old and len(new) == 1}


def _ordinary() -> frozenset[str]:
    """The characters of GB 2312: each is written in simplified texts for its own sake, so 沪 is not 濾."""
    cells = bytes(byte for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    return frozenset(cells.decode("gb2312", "ignore"))
