"""The elements of 法令標準XML (XMLSchemaForJapaneseLaw, versions 2 and 3) by what they are on the page."""

from __future__ import annotations

_APPENDED = (
    *("AppdxTable", "AppdxNote", "AppdxStyle", "AppdxFormat", "AppdxFig"),
    *("SupplProvisionAppdxTable", "SupplProvisionAppdxStyle"),
)
_STRUCTS = tuple(f"{kind}Struct" for kind in ("Table", "Fig", "Note", "Style", "Format"))
_SUBITEMS = tuple(f"Subitem{n}" for n in range(1, 11))
_LISTS = ("List", "Sublist1", "Sublist2", "Sublist3")
_GROUPS = {"Part": 1, "Chapter": 2, "Section": 3, "Subsection": 4, "Division": 5}  # 編 章 節 款 目

HEADINGS = {f"{tag}Title": level for tag, level in _GROUPS.items()}
HEADINGS |= {f"{tag}Title": 2 for tag in _APPENDED} | {"SupplProvisionLabel": 2, "ArithFormulaNum": 2}
"""What heads a part, with its level where the words do not show it (第一目, 付録第一)."""
NUMBERS = frozenset(("ArticleTitle", "ItemTitle", "ClassTitle", "RemarksLabel", *(f"{tag}Title" for tag in _SUBITEMS)))
"""What begins a line that the sentences go on with."""
INLINE = frozenset(
    (
        *("Line", "Ruby", "Sub", "QuoteStruct", "ArithFormula", "ParagraphSentence", "ItemSentence", "ClassSentence"),
        *("AmendProvisionSentence", *(f"{tag}Sentence" for tag in (*_SUBITEMS, *_LISTS))),
    )
)
LINES = frozenset(
    (
        *("Law", "LawBody", "Class", "Item", "AmendProvision", "Note", "Style", "Format", "TableColumn"),
        *("ArticleCaption", "ParagraphCaption", "SupplNote", *_GROUPS, *_SUBITEMS, *_LISTS[1:]),
        *(f"{tag}Title" for tag in _STRUCTS),
    )
)
APART = frozenset(
    (
        *("LawNum", "LawTitle", "EnactStatement", "Preamble", "MainProvision", "SupplProvision", "NewProvision", "Remarks"),
        *("List", "Appdx", "SupplProvisionAppdx", *_APPENDED, *_STRUCTS),
    )
)
"""Blocks with a blank line before and after."""
LEFT_OUT = frozenset(("TOC", "Rt"))
"""A table of contents says the headings twice, and the reading of a word is no part of its sentence."""
