"""Whether what a claim quotes stands in the evidence word for word, widths and spaces aside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.findings import Finding
from rag.matching import Matching

_QUOTED = re.compile(r"「([^「」]*(?:「[^「」]*」[^「」]*)*)」|『([^『』]+)』|“([^“”]+)”|\"([^\"]+)\"")
_SPACE = re.compile(r"[\s　]+")
_ENDS = "。、.,"
_QUOTES = str.maketrans("『』“”", "「」「」")


def check(matching: Matching) -> Iterator[Finding]:
    """The quotations that are none; a word in marks that the evidence has is but stressed."""
    claim = matching.claim.folded
    sources = [_plain(p.statement.folded) for p in matching.premises]
    whole = "".join(sources)
    for match in _QUOTED.finditer(claim):
        quoted = next(g for g in match.groups() if g is not None)
        plain = _plain(quoted).strip(_ENDS)
        if len(plain) < 2 or any(plain in source for source in sources) or plain in whole:
            continue
        premise = matching.focus[0] if matching.focus else None
        place = (0, len(premise.statement.folded)) if premise else None
        text = f"「{quoted}」という文言は、典拠にそのままでは書かれていません。"
        yield Finding("quotation", text, match.start(), match.end(), premise, place)


def _plain(folded: str) -> str:
    return _SPACE.sub("", folded).translate(_QUOTES)
