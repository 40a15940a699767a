"""Repair of CJK radicals: some fonts map kanji to the radical that looks the same (⽤ U+2F64 for 用), which no search finds."""

from __future__ import annotations

import unicodedata

# The radicals supplement (U+2E80-2EFF) has no compatibility mappings; these pairs follow Unicode's EquivalentUnifiedIdeograph.
_SUPPLEMENT = (
    "⺁厂⺂乛⺃乚⺅亻⺆冂⺇几⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺑𡯂⺒巳⺓幺⺔彑⺕彐⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺪疋⺫罒"
    "⺬示⺭礻⺮竹⺯糹⺰纟⺱罓⺲罒⺳㓁⺴冈⺵罒⺶羊⺷羊⺸羋⺹耂⺺肀⺻聿⺼月⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅"
    "⻑長⻒镸⻓长⻔门⻕阜⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞飠⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龟⻲亀"
)

RADICALS: dict[int, str] = {ord(a): b for a, b in zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)} | {
    n: unicodedata.normalize("NFKC", chr(n)) for n in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)
}
"""The ordinary character of each radical, one code point each; a table for `str.translate`."""


def repaired(text: str) -> str:
    """The text with every CJK radical replaced by the kanji that looks the same; its length stays the same."""
    return text.translate(RADICALS)
