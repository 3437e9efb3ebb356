"""Open a house the way a host does: join, apply with documents, be reviewed, set up, put up room types and rooms."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
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
from app.kernel.files.operations import store_image
from app.kernel.parties.models import Membership, Merchant, StaffUser
from app.kernel.parties.operations.merchants import add_member
from app.kernel.parties.operations.phone_codes import send_phone_code
from app.verticals.stays.models import House
from app.verticals.stays.models.houses import LADDER
from app.verticals.stays.operations.houses import update_house
from app.verticals.stays.operations.prices import DayChange, add_promotion, add_season, set_days
from app.verticals.stays.operations.rooms import add_units, change_unit, create_type

Type = tuple[str, int, int, int, str, str, tuple[str, ...]]  # name, fen, people, m², beds, words, rooms


@dataclass(frozen=True)
class HousePlan:
    """A house of the demo; its host signs in as `username`."""

    name: str
    category: str
    owner: tuple[str, str]
    username: str
    address: str
    place: tuple[float, float]
    credit_code: str
    deposit: str
    intro: str
    types: tuple[Type, ...]


PLANS = (
    HousePlan(
        "云栖溪畔民宿", "homestay", ("许", "晚晴"), "yunqi", "青溪镇云栖路 8 号", (30.5811, 104.0522), "91510100MA6CQ1PX5N", "first_night",
        "溪边老院子改的，推窗见山，早餐现做。", (
            ("山景大床房", 46_800, 2, 28, "1.8 米大床 1 张", "三楼，落地窗正对云栖山。", ("山 201", "山 202", "山 203")),
            ("溪畔家庭房", 62_800, 4, 42, "1.5 米床 2 张", "一楼带小院，孩子可以在溪边玩。", ("溪 101", "溪 102")),
        ),
    ),
    HousePlan(
        "青溪老站酒店", "hotel", ("方", "文博"), "laozhan", "青溪镇站前街 2 号", (30.5702, 104.0711), "91510100MA6CQ1PX6R", "all",
        "老火车站对面，十分钟走到古街。", (("标准双床房", 23_800, 2, 22, "1.2 米床 2 张", "安静的里间，隔音窗。", ("301", "302", "303")),),
    ),
)


def staff_actor(username: str) -> Actor:
    """A member of the platform's staff by sign-in name, as an actor."""
    user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
    return Actor("staff", user.id, user.label, frozenset(role.name for role in user.roles), EVERYTHING)


def crew_actor(merchant_id: int, role: str) -> Actor:
    """The first member of a merchant with that role, as an actor."""
    member = db.session.scalars(select(Membership).where(Membership.merchant_id == merchant_id, Membership.role == role)).first()
    assert member is not None, f"merchant {merchant_id} has no {role}"
    return Actor("member", member.user_id, member.name, frozenset({role}), Scope("merchant", merchant_id))


def admit(plan: HousePlan, password: str, now: datetime, permit_until: date) -> int:
    """The merchant's id, after application, documents, and a reviewer's yes."""
    phone = f"137{crc32(plan.username.encode()) % 10**8:08d}"
    with elevated():
        code = send_phone_code(phone, "join", address="127.0.0.1", now=now)
    application = join(
        plan.name, "stays", last_name=plan.owner[0], first_name=plan.owner[1], phone=phone, code=code, username=plan.username, password=password,
        address="127.0.0.1", now=now,
    )
    owner = crew_actor(application.merchant_id, "Owner")
    values = {
        "category": plan.category, "company": f"青溪镇{plan.name}", "credit_code": plan.credit_code, "legal_person": "".join(plan.owner),
        "contact_name": "".join(plan.owner), "contact_phone": "13800138030", "address": plan.address, "bank_name": "青溪农商银行",
        "bank_account": "6222021234567890456",
    }
    save_application(application, values, {}, actor=owner, now=now)
    papers: tuple[tuple[str, dict[str, Any]], ...] = (
        ("business_licence", {"number": plan.credit_code}), ("special_permit", {"number": f"TX{application.id:08d}", "expires_on": permit_until}),
        ("fire_safety", {"number": f"XF{application.id:08d}", "expires_on": permit_until}), ("owner_id", {}),
    )
    for kind, more in papers:
        attach_document(application, kind, io.BytesIO(picture(kind)), f"{kind}.jpg", actor=owner, now=now, **more)
    approve(submit_application(application, actor=owner, now=now), now)
    return application.merchant_id


def approve(case: Case, now: datetime) -> None:
    """A reviewer takes the case and says yes."""
    reviewer = staff_actor("reviewer")
    claim_case(case.id, actor=reviewer, now=now)
    decide(case.id, "approve", actor=reviewer, now=now + timedelta(minutes=6))


def set_up(merchant_id: int, plan: HousePlan, password: str, now: datetime, today: date) -> None:
    """Rules, room types with pictures, rooms, seasons, promotions, a front desk; room types approved; doors open."""
    owner = crew_actor(merchant_id, "Owner")
    merchant = db.session.get_one(Merchant, merchant_id)
    add_member(merchant, username=f"{plan.username}-desk", password=password, role="Cashier", last_name="何", first_name="小满", actor=owner, now=now)
    house = db.session.scalars(select(House).where(House.merchant_id == merchant_id)).one()
    update_house(
        house, actor=owner, now=now, name=plan.name, intro=plan.intro, region="青溪镇", address=plan.address, latitude=plan.place[0], longitude=plan.place[1],
        phone="028-61230088", deposit=plan.deposit, ladder=LADDER, facilities=["wifi", "parking", "breakfast", "cooling"],
        house_rules="入住凭证件登记；22:00 后请轻声；不在室内吸烟。", confirms_by_itself=True,
    )
    for name, fen, people, area, beds, words, rooms in plan.types:
        cover = store_image(io.BytesIO(picture(f"Room {area} m2")), "room.jpg", actor=owner, now=now, field="picture").key
        room_type = create_type(house, {
            "name": name, "base": fen, "people": people, "area": area, "beds": beds, "description": words, "images": [cover], "video": "",
            "facilities": ["wifi", "cooling"], "weekdays": {"4": fen + 8_000, "5": fen + 10_000}, "steps": [{"nights": 3, "ppm": 50_000}], "least": 1,
            "most": 30,
        }, actor=owner, now=now)
        units = add_units(room_type, rooms, actor=owner, now=now)
        if plan is PLANS[0]:
            change_unit(units[0], name=units[0].name, lock_number=f"QX-{units[0].id:04d}", actor=owner, now=now)
        add_season(
            room_type, name="元旦", first=date(today.year, 12, 30), last=date(today.year + 1, 1, 2), price=None, ppm=400_000, least=2, actor=owner, now=now,
        )
        set_days([room_type], today + timedelta(days=9), today + timedelta(days=10), DayChange(price=fen + 15_000), actor=owner, now=now)
    add_promotion(
        house, name="早订立减", kind="early", ppm=100_000, first=today, last=today + timedelta(days=120), days=30, type_id=None, actor=owner, now=now,
    )
    for case in list(db.session.scalars(select(Case).where(Case.merchant_id == merchant_id, Case.status == "waiting").order_by(Case.id))):
        approve(case, now)
    move(house, "open", actor=owner, now=now)


def picture(words: str) -> bytes:
    """A plain JPEG that says what it stands for."""
    image = Image.new("RGB", (640, 420), "#eef1f4")
    ImageDraw.Draw(image).rectangle((20, 20, 620, 400), outline="#2f4b7c", width=6)
    ImageDraw.Draw(image).text((60, 180), words, fill="#1b1e21")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=82)
    return stream.getvalue()
