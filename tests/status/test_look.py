"""How the company's packs look: what is taken, what is refused with which words, what is kept."""

import io
import struct
import zlib

import pytest

from app.core.db import db
from app.core.errors import DomainError
from app.status.look.choosing import LookDetails, choose_look, current_look, logo_of
from app.status.look.colours import contrast_on_white
from app.status.look.pictures import Picture, read_picture
from app.status.models import CompanyLook
from app.status.packs.manifest import Look
from tests.conftest import NOW

DARK = "#7A1F1F"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 3, height: int = 2, padding: int = 0) -> bytes:
    rows = zlib.compress((b"\x00" + b"\x80\x10\x10" * min(width, 3)) * min(height, 3))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + (chunk(b"tEXt", b"x" * padding) if padding else b"")
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def jpeg(width: int = 40, height: int = 30) -> bytes:
    """The segments of a JPEG that say what it is, in their order."""
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        + b"\xff\xc4\x00\x04\x00\x00"
        + b"\xff\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34" + b"\xff\xd9"
    )  # fmt: skip


def choose(people, **changes) -> Look:
    details = {"company": "远山服务有限公司", "colour": DARK, "logo": None} | changes
    return choose_look(LookDetails(**details), actor=people.admin, now=NOW)


@pytest.mark.parametrize(
    ("colour", "contrast"), [("#FFFFFF", 1), ("#000000", 21), ("#0F6670", 6.66), ("#767676", 4.54)]
)
def test_contrast_is_that_of_the_web_guidelines(colour, contrast):
    assert contrast_on_white(colour) == pytest.approx(contrast, abs=0.005)


def test_a_picture_tells_its_kind_and_size():
    assert read_picture(png(120, 44)) == Picture("image/png", 120, 44)
    assert read_picture(jpeg(40, 30)) == Picture("image/jpeg", 40, 30)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF....WEBP", png()[:-1],
        png()[:40], png() + b"<script>", png().replace(b"IHDR", b"IHDX"), png(0, 5),
        b"\xff\xd8\xff", jpeg()[:-2], jpeg()[:30], b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
    ],
)  # fmt: skip
def test_what_is_no_whole_picture_is_none(content):
    assert read_picture(content) is None


def test_the_newest_choice_counts_and_older_logos_stay(people):
    assert current_look() == Look()
    first = choose(people, logo=png())
    second = choose(people, logo=jpeg(), colour="#0f6670")
    assert current_look() == second and second.colour == "#0F6670"
    assert logo_of(first.logo_sha256) == png()
    assert logo_of(second.logo_sha256) == jpeg()


def test_a_logo_is_kept_once_and_stays_until_it_is_taken_off(people):
    first = choose(people, logo=png())
    assert choose(people, colour="").logo_sha256 == first.logo_sha256
    assert choose(people, has_logo=False).logo_sha256 is None
    assert choose(people, logo=png()).logo_sha256 == first.logo_sha256
    kept = db.session.scalars(db.select(CompanyLook.logo).where(CompanyLook.logo.is_not(None)))
    assert kept.all() == [png()]
    assert logo_of(first.logo_sha256) == png()


def test_what_is_as_it_was_is_not_chosen_anew(people):
    choose(people, logo=png())
    choose(people)
    assert db.session.scalar(db.select(db.func.count(CompanyLook.id))) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"colour": "red"}, "colour"), ({"colour": "#12345"}, "colour"),
        ({"colour": "#1234567"}, "colour"), ({"colour": "#FFCC00"}, "colour"),
        ({"colour": "#777777"}, "colour"), ({"company": "远" * 121}, "company"),
        ({"logo": b""}, "logo"), ({"logo": b"<svg/>"}, "logo"), ({"logo": png(2001, 9)}, "logo"),
        ({"logo": png(padding=512 * 1024)}, "logo"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(people, changes, field):
    with pytest.raises(DomainError) as refused:
        choose(people, **changes)
    assert refused.value.field == field
    assert current_look() == Look()


def test_the_page_shows_what_was_chosen_and_its_logo(client_of, context):
    client = client_of("admin")
    sent = {"company": "远山", "colour": DARK, "logo": (io.BytesIO(png()), "x.jpg")}
    assert client.post("/admin/look", data=sent).status_code == 303
    text = client.get("/admin/look").get_data(as_text=True)
    assert f"--look: {DARK}" in text and 'src="/look/logo?' in text
    picture = client_of("clerk").get("/look/logo")
    assert (picture.mimetype, picture.data) == ("image/png", png())
    assert picture.headers["Content-Security-Policy"].startswith("sandbox")
    assert picture.headers["X-Content-Type-Options"] == "nosniff"


def test_what_was_typed_stays_when_the_colour_is_too_pale(client_of, context):
    client = client_of("admin", "en")
    answer = client.post("/admin/look", data={"company": "<b>远山</b>", "colour": "#ffcc00"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "its contrast is 1.5 to 1" in text
    assert 'value="#ffcc00"' in text and 'value="&lt;b&gt;远山&lt;/b&gt;"' in text


def test_one_press_leads_back_to_our_own_look(client_of, people):
    choose(people, logo=png())
    db.session.commit()
    assert client_of("admin").post("/admin/look/own").status_code == 303
    assert current_look() == Look()
    assert client_of("clerk").get("/look/logo").status_code == 404


def test_the_page_is_the_administrators_alone(client_of, context):
    for key in ("pm", "exec", "clerk"):
        assert client_of(key).get("/admin/look").status_code == 404
        assert client_of(key).post("/admin/look/own").status_code in (403, 404)
