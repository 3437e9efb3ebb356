"""Files: what is refused, what is left of what is taken, who may open it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.core import clock
from app.core.actors import EVERYTHING, Actor, Scope
from app.core.errors import NotFound
from app.extensions import db
from app.framework.database import enter_scope, transaction
from app.kernel.audit.models import AuditEntry
from app.kernel.files import operations
from app.kernel.files.links import LinkExpired, key_of, public_address, signed_link
from app.kernel.files.models import StoredFile
from app.kernel.files.operations import open_file, store_document, store_image
from app.kernel.files.rules import IMAGE_AT_MOST, claimed_kind, is_calm_pdf, real_kind, shown_name
from app.kernel.files.storage import private_path, public_path
from tests.support.people import SETUP, merchant, sign_in, staff
from tests.support.pictures import PDF, bomb, picture, picture_with_place

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def stored(content: bytes, name: str, actor: Actor = SETUP, **more):
    return store_image(io.BytesIO(content), name, actor=actor, now=NOW, **more)


# ---- rules -------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "kind"), [
    ("a.jpg", "image/jpeg"), ("A.JPEG", "image/jpeg"), ("x.png", "image/png"), ("x.webp", "image/webp"), ("x.pdf", "application/pdf"),
    ("x.svg", None), ("x.html", None), ("x.jpg.exe", None), ("jpg", None), ("C:\\photos\\x.png", "image/png"),
])
def test_the_extension_promises_a_kind(name, kind):
    assert claimed_kind(name) == kind


def test_the_first_bytes_say_what_it_is():
    assert [real_kind(picture(each)) for each in ("JPEG", "PNG", "WEBP")] == ["image/jpeg", "image/png", "image/webp"]
    assert real_kind(b"<html>") is None
    assert real_kind(b"GIF89a") is None


def test_a_pdf_with_scripts_is_not_calm():
    assert is_calm_pdf(PDF)
    assert not is_calm_pdf(PDF.replace(b"/Type/Catalog", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"))
    assert not is_calm_pdf(PDF.replace(b"%%EOF", b""))
    assert is_calm_pdf(PDF.replace(b"endobj", b"stream\n/JS (random bytes)\nendstream endobj"))


def test_the_shown_name_has_no_folders_and_no_control_characters():
    assert shown_name("../../etc/passwd\x00\n.jpg") == "passwd.jpg"
    assert len(shown_name("长" * 300 + ".jpg")) == 120


# ---- pictures ----------------------------------------------------------------------------------------------------------------

def test_a_picture_loses_place_camera_and_appended_code(unlimited):
    file = stored(picture_with_place() + b"<script>alert(document.cookie)</script>", "dish.jpg")
    kept = public_path(file.key).read_bytes()
    assert b"SpyCam" not in kept
    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (64, 48), {})
    assert (file.mime, file.width, file.height, file.purpose, file.encrypted) == ("image/webp", 64, 48, "public_image", False)
    assert file.size == len(kept)


def test_a_large_picture_is_shrunk_and_gets_a_thumbnail(unlimited):
    file = stored(picture("PNG", (3000, 1500)), "wide.png")
    assert (file.width, file.height) == (1600, 800)
    with Image.open(public_path(file.key, small=True)) as small:
        assert small.size == (480, 240)


def test_a_picture_stands_upright_after_its_exif_is_gone(unlimited):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = stored(picture(size=(80, 40), exif=exif), "turned.jpg")
    assert (file.width, file.height) == (40, 80)


@pytest.mark.parametrize(("content", "name", "refusal"), [
    (picture("PNG"), "photo.jpg", operations.FileKindRefused),
    (b"<html><script>alert(1)</script>", "photo.jpg", operations.FileKindRefused),
    (b"GIF89a;<?php system($_GET[0]); ?>", "photo.gif", operations.FileKindRefused),
    (picture(), "photo.svg", operations.FileKindRefused),
    (PDF, "menu.pdf", operations.FileKindRefused),
    (b"\xff\xd8\xff<html>not a picture</html>", "photo.jpg", operations.FileBroken),
    (picture(size=(800, 800))[:400], "photo.jpg", operations.FileBroken),
    (b"", "photo.jpg", operations.FileBroken),
    (bomb(), "bomb.png", operations.TooManyPixels),
    (b"\xff\xd8\xff" + b"0" * IMAGE_AT_MOST, "huge.jpg", operations.FileTooLarge),
])
def test_what_is_not_a_picture_is_refused_and_nothing_is_kept(unlimited, content, name, refusal):
    with pytest.raises(refusal) as caught:
        stored(content, name, field="cover")
    assert caught.value.field == "cover"
    assert 400 <= caught.value.status < 500
    assert db.session.execute(select(func.count()).select_from(StoredFile)).scalar_one() == 0


# ---- documents ---------------------------------------------------------------------------------------------------------------

def test_a_licence_is_sealed_on_disk_and_bears_the_readers_name(unlimited):
    file = store_document(io.BytesIO(picture(size=(600, 400), colour="#fdfbf4")), "licence.jpg", actor=SETUP, now=NOW)
    db.session.flush()
    on_disk = private_path(file.key).read_bytes()
    assert file.encrypted
    assert not on_disk.startswith(b"\xff\xd8")
    assert not public_path(file.key).exists()
    shown = open_file(file, actor=SETUP, now=NOW)
    with Image.open(io.BytesIO(shown)) as image:
        assert len(image.getcolors(1_000_000)) > 20  # one colour before the words were written across it
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "file.opened")).one()
    assert (entry.subject_type, entry.subject_id) == ("file_object", file.id)


def test_a_sealed_file_does_not_open_under_another_key(unlimited):
    first, second = (store_document(io.BytesIO(PDF), "permit.pdf", actor=SETUP, now=NOW) for _ in range(2))
    private_path(second.key).write_bytes(private_path(first.key).read_bytes())
    with pytest.raises(ValueError, match="file:"):
        open_file(second, actor=SETUP, now=NOW)


def test_a_pdf_is_kept_as_it_is(unlimited):
    file = store_document(io.BytesIO(PDF), "permit.pdf", actor=SETUP, now=NOW)
    assert (file.mime, open_file(file, actor=SETUP, now=NOW)) == ("application/pdf", PDF)


def test_a_pdf_with_scripts_is_refused(unlimited):
    with pytest.raises(operations.ActiveDocument):
        store_document(io.BytesIO(PDF.replace(b"/Type", b"/AA<</O<</JS(x)>>>>/Type")), "permit.pdf", actor=SETUP, now=NOW)


# ---- doors -------------------------------------------------------------------------------------------------------------------

def test_a_link_expires_and_belongs_to_one_person(unlimited):
    file = stored(picture(), "a.jpg", purpose="note")
    me, you = Actor("staff", 7, "赵", scope=EVERYTHING), Actor("staff", 8, "周", scope=EVERYTHING)
    token = signed_link(file, me, now=NOW, minutes=10).removeprefix("/files/")
    assert key_of(token, me, NOW + timedelta(minutes=10)) == file.key
    with pytest.raises(LinkExpired):
        key_of(token, me, NOW + timedelta(minutes=10, seconds=1))
    for thief, forged in ((you, token), (me, token[:-1] + ("A" if token[-1] != "A" else "B")), (me, token.replace(file.key, "x" * 32)), (me, "nonsense")):
        with pytest.raises(NotFound):
            key_of(forged, thief, NOW)


def test_only_the_owner_and_staff_open_a_merchants_file(app):
    house, other = merchant(app), merchant(app, "另一家")
    with app.app_context(), transaction(SETUP):
        file = store_document(io.BytesIO(picture()), "licence.jpg", actor=house.actor, now=clock.now(), merchant_id=house.merchant_id)
        key, merchant_id = file.key, file.merchant_id
    assert merchant_id == house.merchant_id
    owner, thief, reviewer = sign_in(app, house.members["Owner"]), sign_in(app, other.members["Owner"]), staff(app, "Reviewer")
    answers = []
    for browser in (owner, thief, reviewer):
        with app.app_context():
            enter_scope(EVERYTHING)
            with browser.session_transaction() as kept:
                actor = Actor("staff" if browser is reviewer else "member", int(kept["_user_id"]), "")
            link = signed_link(db.session.scalars(select(StoredFile).where(StoredFile.key == key)).one(), actor, now=clock.now())
        answers.append(browser.get(link))
    assert [each.status_code for each in answers] == [200, 404, 200]
    shown = answers[0]
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert app.test_client().get(f"/files/{key}.9999999999.x").status_code == 302
    assert app.test_client().get(public_address(key)).status_code == 404


def test_another_merchant_reads_no_row_of_a_file(app):
    house, other = merchant(app), merchant(app, "另一家")
    with app.app_context():
        enter_scope(Scope("merchant", house.merchant_id))
        store_document(io.BytesIO(PDF), "permit.pdf", actor=house.actor, now=NOW)
        db.session.commit()
        enter_scope(Scope("merchant", other.merchant_id))
        assert list(db.session.scalars(select(StoredFile))) == []
        assert db.session.execute(select(func.count()).select_from(StoredFile.__table__)).scalar_one() == 0  # the second wall


def test_a_public_picture_is_served_to_everybody_and_kept(app):
    house = merchant(app)
    owner = sign_in(app, house.members["Owner"])
    answer = owner.post("/files/upload", data={"file": (io.BytesIO(picture()), "dish.jpg")})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    made = answer.get_json()
    assert made["url"] == public_address(made["key"])
    for address in (made["url"], made["thumbnail"]):
        seen = app.test_client().get(address)
        assert (seen.status_code, seen.mimetype) == (200, "image/webp")
        assert "immutable" in seen.headers["Cache-Control"]
    assert app.test_client().get("/media/../private/x.webp").status_code == 404
    assert app.test_client().get(f"/media/{'a' * 32}.webp").status_code == 404


def test_upload_needs_the_right_and_a_picture(app):
    house = merchant(app)
    kitchen, owner = sign_in(app, house.members["Kitchen"]), sign_in(app, house.members["Owner"])
    assert kitchen.post("/files/upload", data={"file": (io.BytesIO(picture()), "dish.jpg")}).status_code == 403
    assert app.test_client().post("/files/upload", data={"file": (io.BytesIO(picture()), "dish.jpg")}).status_code == 302
    assert owner.post("/files/upload", data={"file": (io.BytesIO(b"<html>"), "dish.jpg")}).status_code == 422
    assert owner.post("/files/upload").status_code == 422
