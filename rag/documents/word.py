"""Word documents, by mammoth, with what mammoth leaves out put where it finds it.

Mammoth takes inserted words and leaves deleted ones and comments out. It sees no text box without
a picture of it for old programs, no number that Word makes, and nothing inside simple fields. What
nobody sees is taken out before.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from rag.documents.blocks import write_markup
from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.facts import named, told_number, xml
from rag.documents.limits import open_zip, packed, unpack
from rag.documents.numbering import Numbering, W, value_of
from rag.documents.office import check_office, office_draft

_DOCUMENT, _NUMBERING, _STYLES = "word/document.xml", "word/numbering.xml", "word/styles.xml"
_OPENED = {f"{W}fldSimple", f"{W}bdo", f"{W}dir", f"{W}smartTag"}  # what only wraps words
_MARK = re.compile(
    r'(?:<sup>)?<a href="#((?:foot|end)note-[^"]{1,40})"[^>]*>\[\d+\]</a>(?:</sup>)?'
)
_NOTE = re.compile(r'<li id="((?:foot|end)note-[^"]{1,40})">(.*?)</li>', re.S)
_BACK = re.compile(r'<a href="#(?:foot|end)note-ref-[^"]{1,40}">↑</a>')
_OFF = ("0", "false", "off", "none")
_SMALLEST = 3  # half points
_GROUNDS = ("shd", "highlight", "pBdr", "bdr")
_AROUND = (f"{W}tbl", f"{W}txbxContent")
_LIGHTER = re.compile(r"(?:[fF][0-9a-fA-F]){3}")  # colours that nobody sees on paper


def read_docx(raw: bytes) -> DocumentDraft:
    """A Word document to a draft."""
    import mammoth

    check_office(raw, _DOCUMENT)
    text = GrowingText()
    prepared, text.hidden = _prepared(raw)
    html = mammoth.convert_to_html(
        io.BytesIO(prepared),
        convert_image=mammoth.images.img_element(lambda _: {}),
        style_map="p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh",
    ).value
    write_markup(_with_notes(html), text)
    return office_draft(raw, text)


def _with_notes(html: str) -> str:
    """The markup with each note where its mark stands."""
    notes = {id_: _BACK.sub("", note) for id_, note in _NOTE.findall(html)}
    marked = set(_MARK.findall(html))
    html = _NOTE.sub(lambda found: "" if found[1] in marked else found[0], html)
    return _MARK.sub(lambda found: f"<note>{notes.get(found[1], '')}</note>", html)


def _prepared(raw: bytes) -> tuple[bytes, int]:
    """The file with its text where mammoth looks for it, without pictures and what is hidden.

    Beside it the number of passages that are hidden.
    """
    with open_zip(raw) as opened:
        names = {name for name in opened.namelist() if name.endswith((".xml", ".rels"))}
        kept = {name: unpack(opened, name) for name in names}
    root = xml(kept[_DOCUMENT])
    styles = xml(kept[_STYLES]) if _STYLES in names else None
    _open_wrappings(root)
    hidden = _without_hidden_runs(root, styles)
    _lift_boxes(root)
    if _NUMBERING in names:
        numbering = Numbering(xml(kept[_NUMBERING]), styles)
        for paragraph in root.iter(f"{W}p"):
            numbering.write(paragraph)
    return packed({**kept, _DOCUMENT: ElementTree.tostring(root, "utf-8")}), hidden


def _open_wrappings(root: Element) -> None:
    """Put what stands in simple fields, and in shapes without a picture of them, in their place."""
    for parent in list(root.iter()):
        at = 0
        while at < len(parent):
            child = parent[at]
            inside = list(child) if child.tag in _OPENED else _choice(child)
            if inside is None:
                at += 1
            else:
                parent[at : at + 1] = inside


def _choice(element: Element) -> list[Element] | None:
    """What a shape holds for new programs, where it holds no words for old ones."""
    if not element.tag.endswith("}AlternateContent"):
        return None
    fallback = next((e for e in element if e.tag.endswith("}Fallback")), None)
    if fallback is not None and next(fallback.iter(f"{W}t"), None) is not None:
        return None
    return [inside for e in element if e.tag.endswith("}Choice") for inside in e]


def _lift_boxes(root: Element) -> None:
    """Put the paragraphs of text boxes behind the paragraph that holds them."""
    parents = {child: parent for parent in root.iter() for child in parent}
    after: dict[Element, Element] = {}  # the last paragraph put behind another
    for drawing in list(root.iter(f"{W}drawing")):
        paragraph: Element | None = drawing
        while paragraph is not None and paragraph.tag != f"{W}p":
            paragraph = parents.get(paragraph)
            if paragraph is not None and paragraph.tag.endswith("}AlternateContent"):
                paragraph = None
        if paragraph is None:
            continue
        for box in named(drawing, "txbxContent"):
            for child in list(box):
                place = parents[paragraph]
                place.insert(list(place).index(after.get(paragraph, paragraph)) + 1, child)
                after[paragraph] = child
                parents[child] = place
            del box[:]


def _without_hidden_runs(root: Element, styles: Element | None) -> int:
    """Take the words out of runs that nobody sees; gives how many passages there were.

    Runs that are hidden, minute or white; white text in a table, a text box or on a ground of its
    own may well be seen, and stays.
    """
    gone = _styles(styles) if styles is not None else frozenset()
    coloured = root.find(f"{W}background") is not None
    shielded = {p for tag in _AROUND for one in root.iter(tag) for p in one.iter(f"{W}p")}
    count = 0
    for paragraph in root.iter(f"{W}p"):
        properties = paragraph.find(f"{W}pPr")
        whole = value_of(properties, "pStyle") in gone
        white = not coloured and paragraph not in shielded and not _has(properties, _GROUNDS)
        before = False
        for run in paragraph.iter(f"{W}r"):
            if not any((words.text or "").strip() for words in run.iter(f"{W}t")):
                continue
            hidden = whole or _is_hidden(run.find(f"{W}rPr"), gone, white)
            if hidden:
                run[:] = [child for child in run if child.tag == f"{W}rPr"]
                count += not before
            before = hidden
    return count


def _is_hidden(look: Element | None, gone: Collection[str], white: bool) -> bool:
    if look is None:
        return False
    size = told_number(value_of(look, "sz"), _SMALLEST + 1)
    if _vanishes(look) or value_of(look, "rStyle") in gone or size <= _SMALLEST:
        return True
    light = _LIGHTER.fullmatch(value_of(look, "color"))
    return white and not _has(look, _GROUNDS) and light is not None


def _styles(styles: Element) -> frozenset[str]:
    """The styles that hide what has them."""
    return frozenset(
        style.get(f"{W}styleId", "")
        for style in styles.iter(f"{W}style")
        if (look := style.find(f"{W}rPr")) is not None and _vanishes(look)
    )


def _vanishes(look: Element) -> bool:
    found = look.find(f"{W}vanish")
    return found is not None and found.get(f"{W}val", "1").lower() not in _OFF


def _has(properties: Element | None, names: Collection[str]) -> bool:
    return properties is not None and any(
        properties.find(f"{W}{name}") is not None for name in names
    )
