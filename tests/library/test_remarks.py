"""What was left out of articles, or not believed, is told by the sync and by the list."""

from __future__ import annotations

from tests.library.place import Place

HIDDEN = "# Ferries\n\nThe ferry sails at nine.\n\n<p hidden>It is green.</p>\n"


def test_what_was_left_out_is_told_and_kept(place: Place) -> None:
    path = place.write("ferry.md", HIDDEN)
    said = "1 hidden passage left out."
    report = place.sync()
    assert [(remark.path, remark.said) for remark in report.remarks] == [("ferry.md", said)]
    path.rename(path.with_name("boat.md"))
    assert place.sync().remarks == ()  # it was not read again
    listed = {info.id: info.remarks for info in place.open().documents()}
    assert listed.pop("boat.md") == (said,)
    assert set(listed.values()) == {()}
    place.write("boat.md", "The ferry sails at ten.\n")
    place.sync()
    assert not any(info.remarks for info in place.open().documents())
