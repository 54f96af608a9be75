"""Word documents, by mammoth, with what mammoth leaves out put where it finds it.

Mammoth takes inserted words and leaves deleted ones and comments out. It sees no text box without
a picture of it for old programs, no number that Word makes, and nothing inside simple fields.
"""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from rag.documents.blocks import write_markup
from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.facts import named, xml
from rag.documents.limits import open_zip, packed, unpack
from rag.documents.numbering import Numbering, W
from rag.documents.office import check_office, office_draft
from rag.documents.vanished import without_hidden_runs

_DOCUMENT, _NUMBERING, _STYLES = "word/document.xml", "word/numbering.xml", "word/styles.xml"
_OPENED = {f"{W}fldSimple", f"{W}bdo", f"{W}dir", f"{W}smartTag"}  # what only wraps words
_MARK = re.compile(
    r'(?:<sup>)?<a href="#((?:foot|end)note-[^"]{1,40})"[^>]*>\[\d+\]</a>(?:</sup>)?'
)
_NOTE = re.compile(r'<li id="((?:foot|end)note-[^"]{1,40})">(.*?)</li>', re.S)
_BACK = re.compile(r'<a href="#(?:foot|end)note-ref-[^"]{1,40}">↑</a>')


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
    hidden = without_hidden_runs(root, styles)
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
