"""Leaders and suppliers join the way people do: apply with papers, are reviewed, learn, set up, bring goods."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from zlib import crc32

from PIL import Image, ImageDraw
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor, Scope
from app.extensions import db
from app.framework.database import elevated
from app.framework.flow import move
from app.kernel.approvals.models import Case
from app.kernel.approvals.operations.applications import join, save_application, submit_application
from app.kernel.approvals.operations.documents import attach_document
from app.kernel.approvals.operations.reviewing import claim_case, decide
from app.kernel.parties.demo import PASSWORD
from app.kernel.parties.models import Membership, StaffUser
from app.kernel.parties.operations.phone_codes import send_phone_code
from app.kernel.training.models import TrainingCourse
from app.kernel.training.operations import hand_in, make_course, read_lesson, write_lesson, write_question
from app.kernel.training.queries import questions_of
from app.verticals.groupbuy.demo.plan import COMMUNITIES, COURSE, LESSONS, QUESTIONS, ZONE, Offer, Person
from app.verticals.groupbuy.models import Community, Goods, Leader
from app.verticals.groupbuy.operations.goods import bring_goods, price_goods
from app.verticals.groupbuy.operations.people import add_community, add_zone, set_level, set_up_leader
from app.verticals.groupbuy.queries import leader_of


def staff_actor(username: str) -> Actor:
    """A member of the platform's staff by sign-in name, as an actor."""
    user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
    return Actor("staff", user.id, user.label, frozenset(role.name for role in user.roles), EVERYTHING)


def owner_actor(merchant_id: int) -> Actor:
    """The owner of a merchant, as an actor."""
    member = db.session.scalars(select(Membership).where(Membership.merchant_id == merchant_id, Membership.role == "Owner")).one()
    return Actor("member", member.user_id, member.name, frozenset({"Owner"}), Scope("merchant", merchant_id))


def lay_out(now: datetime) -> None:
    """The zone, its communities, and the course that leaders finish."""
    operator = staff_actor("operator")
    zone = add_zone(name=ZONE, cutoff_minute=23 * 60, days=range(7), actor=operator, now=now)
    for name, address, latitude, longitude in COMMUNITIES:
        add_community(zone_id=zone.id, name=name, address=address, latitude=latitude, longitude=longitude, actor=operator, now=now)
    course = make_course(
        trade="groupbuy", category="leader", title=COURSE, summary="点货、交货、售后，十分钟学完", pass_percent=80, actor=operator, now=now,
    )
    for title, body in LESSONS:
        write_lesson(course, title=title, body=body, actor=operator, now=now)
    for words, options, right in QUESTIONS:
        write_question(course, words=words, options=options, right=right, actor=operator, now=now)
    move(course, "open", actor=operator, now=now)


def join_and_be_admitted(person: Person, now: datetime) -> int:
    """The merchant's id, after application, papers, and a reviewer's yes."""
    phone = f"139{crc32(person.username.encode()) % 10**8:08d}"
    with elevated():
        code = send_phone_code(phone, "join", address="127.0.0.1", now=now)
    application = join(
        person.name, "groupbuy", last_name=person.owner[0], first_name=person.owner[1], phone=phone, code=code, username=person.username,
        password=PASSWORD, address="127.0.0.1", now=now,
    )
    owner = owner_actor(application.merchant_id)
    values = {
        "category": person.category, "company": f"青溪镇{person.name}", "credit_code": person.credit_code, "legal_person": "".join(person.owner),
        "contact_name": "".join(person.owner), "contact_phone": "13900139000", "address": person.point or "青溪镇农贸路 1 号", "bank_name": "青溪农商银行",
        "bank_account": "6222021234567890123",
    }
    save_application(application, values, {}, actor=owner, now=now)
    attach_document(application, "id_card", io.BytesIO(paper(person.username)), "id.jpg", actor=owner, now=now)
    case = submit_application(application, actor=owner, now=now)
    decided(case, now)
    return application.merchant_id


def decided(case: Case, now: datetime) -> None:
    """A reviewer takes the case and says yes."""
    reviewer = staff_actor("reviewer")
    claim_case(case.id, actor=reviewer, now=now)
    decide(case.id, "approve", actor=reviewer, now=now + timedelta(minutes=5))


def learn(merchant_id: int, now: datetime) -> None:
    """The leader reads the course and passes."""
    owner = owner_actor(merchant_id)
    course = db.session.scalars(select(TrainingCourse).where(TrainingCourse.title == COURSE)).one()
    for lesson in course.pages:
        read_lesson(course.id, lesson.id, actor=owner, now=now)
    hand_in(course.id, {question.id: question.right for question in questions_of(course.id)}, actor=owner, now=now)


def set_up(merchant_id: int, person: Person, level: str, now: datetime) -> Leader:
    """Community, pick-up point, level; doors open."""
    owner, leader = owner_actor(merchant_id), leader_of(merchant_id)
    if leader is None:
        raise LookupError(person.name)
    community = db.session.scalars(select(Community).where(Community.name == person.community)).one()
    set_up_leader(
        leader, name=person.name, phone="13900139000", community_id=community.id, point=person.point, hours="17:00–21:00", notice="冷藏的当天取走",
        delivers=level == "gold", actor=owner, now=now,
    )
    set_level(leader, level, actor=staff_actor("operator"), now=now)
    return move(leader, "open", actor=owner, now=now)


def bring(merchant_id: int, offer: Offer, now: datetime) -> Goods:
    """The supplier's good, approved and priced."""
    goods = bring_goods(
        merchant_id, title=offer.title, spec=offer.spec, category=offer.category, description=offer.words, images=[], supply_price=offer.supply,
        stock=offer.stock, each=0, days=[], actor=owner_actor(merchant_id), now=now,
    )
    waiting = db.session.scalars(select(Case).where(Case.kind == "groupbuy.goods", Case.subject_id == goods.id, Case.status == "waiting")).first()
    if waiting is not None:
        decided(waiting, now)
    return price_goods(goods, offer.sale, actor=staff_actor("operator"), now=now)


def paper(words: str) -> bytes:
    """A plain JPEG that says what it stands for."""
    image = Image.new("RGB", (640, 420), "#f5f5f2")
    ImageDraw.Draw(image).rectangle((20, 20, 620, 400), outline="#b8402b", width=6)
    ImageDraw.Draw(image).text((60, 180), words, fill="#1b1e21")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()
