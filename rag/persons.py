"""Whether a noun names a person or a body that acts."""

from __future__ import annotations

import re

_PERSON = re.compile(
    r"(?:者|員|長|人|官|主|師|士|会|社|省|庁|局|部|課|室|係|役|事|院|署|団|組合|機構|法人|ら|医|生|大臣|国会|機関|研究所|事務所|事業所|支店|本店|学校|大学|銀行|政府|都道府県|市町村|自治体|企業|部門|部署|グループ|チーム|センター|スタッフ|メンバー)$"
)
_OTHER = ("全部", "一部", "本部長室", "社会", "機会", "工事", "記事", "食事", "行事", "無事", "大会", "立会", "照会", "紹介")


def is_person(noun: str) -> bool:
    """Whether a noun names a person or a body that acts."""
    return bool(_PERSON.search(noun)) and not noun.endswith(_OTHER)
