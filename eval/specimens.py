"""Writes the regulations of eval/regulations.py into corpus/ (or the folder given), each in its format: `python -m eval.specimens`.

The same text gives the same bytes, as long as the libraries and the font are the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from eval import regulations as texts
from eval.office import write_docx, write_pptx, write_xlsx
from eval.press import Shape, write_pdf
from eval.specimen import read
from eval.texts import write_html, write_jsonl, write_lawxml, write_txt


def write_all(folder: Path) -> None:
    """Write every file."""
    write_docx(read(texts.VEHICLES), folder / "vehicle_rules.docx")
    write_docx(read(texts.CONDOLENCE), folder / "condolence_rules.docx")
    write_xlsx(read(texts.CONDOLENCE_TABLES), folder / "condolence_tables.xlsx")
    write_pdf(read(texts.SAFETY_COMMITTEE), folder / "safety_committee_rules.pdf")
    write_pdf(read(texts.HOUSING), folder / "housing_rules.pdf", Shape(columns=2))
    write_pdf(read(texts.ASSOCIATION), folder / "association_rules.pdf", Shape(vertical=True))
    write_pptx(read(texts.DISASTER_TRAINING), folder / "disaster_training.pptx")
    write_txt(read(texts.FACILITIES), folder / "facility_rules.txt", "cp932")
    write_txt(read(texts.LIBRARY), folder / "library_rules.txt", "euc_jp")
    write_txt(read(texts.CANTEEN), folder / "canteen_rules.txt", "utf-16-le")
    write_lawxml(read(texts.ARTICLES), folder / "articles_of_incorporation.xml")
    write_html(read(texts.UNIFORMS), folder / "uniform_rules.html")
    write_jsonl([read(notice) for notice in texts.NOTICES], folder / "notices.jsonl.xz")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("corpus"))
