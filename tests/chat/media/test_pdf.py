"""What a PDF says of who made it is told, for it is sent along."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.media.pdf import about
from chat.media.reading import read

from ...support import pictures as made
from ...support.examples import times

XMP = b"<dc:creator>\n<rdf:Seq><rdf:li>Ann &amp; Bo</rdf:li></rdf:Seq></dc:creator>"


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (rb"<< /Author (Ann \(B\) \351) /Title (A\\b) >>", "author Ann (B) é, title A\\b"),
        (b"<</Author<FEFF0041 006E 006E>/Creator(Writer 7)>>", "author Ann, made by Writer 7"),
        (b"<< /Author (\xfe\xff\0A\0\\)) >>", "author A)"),
        (XMP, "author Ann & Bo"),
        (b"<< /Type /XRef /Info 4 0 R >> stream", "what it says of its author and programs"),
        (b"<< /Author () >>", ""),
        (b"", ""),
        (b"/Title (" + b"x" * 100 + b")", "title " + "x" * 59 + "…"),
    ],
)
def test_names_are_told(inside: bytes, said: str) -> None:
    """In any of the forms that a text has there; what is packed is told without names."""
    assert about(made.PDF + inside) == said


def test_those_of_a_real_one_are() -> None:
    """As Pillow writes it; and it is sent as it is."""
    image = pytest.importorskip("PIL.Image")
    out = io.BytesIO()
    image.new("RGB", (4, 4)).save(out, "PDF", author="Jané Doe", title="Draft")
    found = read(out.getvalue())
    (told,) = found.changes()
    assert "author Jané Doe" in told and "title Draft" in told and told.startswith("sent along with it: ")
    assert found.data == out.getvalue()
    assert read(made.PDF).changes() == []


@times(1)
@given(st.binary(max_size=40), st.sampled_from([b"/Author (", b"/Title<", b"/Creator(\\", b"<dc:title>"]))
def test_nothing_of_a_file_fails(data: bytes, begin: bytes) -> None:
    """Whatever stands where a name is looked for."""
    assert "\n" not in about(begin + data + b")>")
