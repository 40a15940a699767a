"""Opening Office files, which are ZIP containers of XML parts, without trusting what they say of their sizes and contents.

Readers that hand a path to openpyxl or python-pptx call `checked_zip` first: these libraries read whole members into memory, and
a member may unpack to far more than it declares.
"""

from __future__ import annotations

import mmap
import zlib
from copy import copy
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from rag.errors import UnreadableFile

LARGEST = 512 * 2**20
"""How many bytes an archive may unpack to."""

MOST_NODES = 10_000_000
"""How many tags and attributes the XML of a file may have: lxml takes about 130 bytes for each."""

_MOST_MEMBERS = 50_000
_LARGE, _RATIO = 16 * 2**20, 250  # Word's XML shrinks to a tenth or a fortieth, a bomb to a thousandth
_CHUNK = 2**18
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
"""What zipfile raises on a damaged archive; OSError where an offset lies outside the file."""

_DAMAGED = "ファイルが壊れていて開けないので、元のアプリケーションで開いて保存し直してください。"
_LOCKED = "パスワードで暗号化されているので、パスワードを外して保存し直してください。"
_OLD = "旧形式の Office 文書なので、Office で開き、{suffix} 形式で保存し直してください。"
_FOREIGN = "拡張子は {suffix} ですが中身が違うので、正しい形式で保存し直してください。"
_TOO_LARGE = "展開すると大きすぎるので、画像を圧縮するか文書を分けて保存し直してください。"


def checked_zip(path: Path) -> None:
    """Return when the file is a ZIP container that is safe to read whole: every member is unpacked once and its sum checked.

    Raises:
        UnreadableFile: it is encrypted, of the old binary format, no ZIP file, damaged, too large, or names a path outside itself.
    """
    _refuse_foreign(path)
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_hostile(members)
            for member in members:
                _refuse_liar(archive, member)
    except _BROKEN as error:
        raise UnreadableFile(_DAMAGED) from error


def node_count(data: bytes) -> int:
    """About how many tags and attributes XML has, without parsing it."""
    return data.count(b"<") + data.count(b"=")


def parse_xml(data: bytes, most: int = MOST_NODES) -> etree._Element:
    """The root element of an XML part; entities are not resolved, comments and processing instructions are left out.

    Raises:
        UnreadableFile: it is not well-formed, declares a document type (Office files never do) or has more than `most` nodes.
    """
    if node_count(data) > most:
        raise UnreadableFile(_TOO_LARGE)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile(_DAMAGED) from error
    if root.getroottree().docinfo.doctype:
        raise UnreadableFile(_DAMAGED)
    return root


def _refuse_foreign(path: Path) -> None:
    """Name what is no ZIP file: an encrypted Office file and one of the old format are both OLE containers."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(_OLE):
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
                locked = whole.find(_ENCRYPTED) >= 0
            raise UnreadableFile(_LOCKED if locked else _OLD.format(suffix=suffix))
    if not head:
        raise UnreadableFile("中身が空なので、本文のあるファイルに差し替えてください。")
    if not head.startswith(b"PK"):
        raise UnreadableFile(_FOREIGN.format(suffix=suffix))


def _refuse_hostile(members: list[ZipInfo]) -> None:
    """Judge what the members declare."""
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile(_LOCKED)
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names) or any(_is_outside(name) for name in names):
        raise UnreadableFile(_DAMAGED)
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members):  # no other is allowed in Office files
        raise UnreadableFile(_DAMAGED)
    bombs = any(member.file_size > max(_LARGE, _RATIO * member.compress_size) for member in members)
    if bombs or len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST:
        raise UnreadableFile(_TOO_LARGE)


def _is_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else True


def _refuse_liar(archive: ZipFile, member: ZipInfo) -> None:
    """Unpack the member piece by piece, one byte more than it declares allowed, so that more than that shows.

    Refuse XML that declares a document type too: the libraries would leave out its entities without a word.
    """
    allowed = copy(member)
    allowed.file_size += 1
    size = 0
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    with archive.open(allowed) as stream:
        while piece := stream.read(_CHUNK):
            if is_xml and not size and b"<!DOCTYPE" in piece.replace(b"\0", b""):  # without NULs UTF-16 reads alike
                raise UnreadableFile(_DAMAGED)
            size += len(piece)
    if size != member.file_size:
        raise UnreadableFile(_DAMAGED)
