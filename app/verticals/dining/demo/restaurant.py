"""Open a restaurant the way a person does: join, apply with documents, be reviewed, set up shop, import the menu."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from openpyxl import Workbook
from PIL import Image, ImageDraw
from sqlalchemy import select

from app.core.actors import EVERYTHING, Actor, Scope
from app.extensions import db
from app.framework.database import elevated
from app.framework.flow import move
from app.kernel.approvals.models import Application, Case
from app.kernel.approvals.operations.applications import join, save_application, submit_application
from app.kernel.approvals.operations.documents import attach_document
from app.kernel.approvals.operations.reviewing import claim_case, decide
from app.kernel.parties.models import Membership, StaffUser
from app.kernel.parties.operations.merchants import add_member
from app.kernel.parties.operations.phone_codes import send_phone_code
from app.verticals.dining.demo.menus import RestaurantPlan
from app.verticals.dining.models import Shop
from app.verticals.dining.operations.menu_import import import_menu
from app.verticals.dining.operations.shops import add_area, add_tables, update_shop

HEADS = ["分类", "菜名", "规格", "价格（元）", "库存（空=不限）", "预警", "描述", "售卖时段", "加料与选择", "在售"]
ALL_WEEK = [{"day": day, "from": "00:00", "to": "24:00"} for day in range(7)]


def staff_actor(username: str) -> Actor:
    """A member of the platform's staff by sign-in name, as an actor."""
    user = db.session.scalars(select(StaffUser).where(StaffUser.username == username)).one()
    return Actor("staff", user.id, user.label, frozenset(role.name for role in user.roles), EVERYTHING)


def owner_actor(merchant_id: int) -> Actor:
    """The owner of a merchant, as an actor."""
    return crew_actor(merchant_id, "Owner")


def crew_actor(merchant_id: int, role: str) -> Actor:
    """The first member of a merchant with that role, as an actor."""
    member = db.session.scalars(select(Membership).where(Membership.merchant_id == merchant_id, Membership.role == role)).first()
    return Actor("member", member.user_id, member.name, frozenset({role}), Scope("merchant", merchant_id))


def apply(plan: RestaurantPlan, password: str, now: datetime, permit_until: date) -> Case:
    """Join and hand in the application; the case that waits for a reviewer."""
    phone = f"138{crc32(plan.username.encode()) % 10**8:08d}"  # one of its own: codes are limited by phone
    with elevated():
        code = send_phone_code(phone, "join", address="127.0.0.1", now=now)
    application = join(
        plan.name, "dining", last_name=plan.owner[0], first_name=plan.owner[1], phone=phone, code=code, username=plan.username, password=password,
        address="127.0.0.1", now=now,
    )
    owner = owner_actor(application.merchant_id)
    fill_in(application, plan, owner, now, permit_until)
    return submit_application(application, actor=owner, now=now)


def apply_and_be_admitted(plan: RestaurantPlan, password: str, reviewer: Actor, now: datetime, permit_until: date) -> int:
    """The merchant's id, after application, documents, and a reviewer's yes."""
    case = apply(plan, password, now, permit_until)
    assert case.merchant_id is not None, "an application is a merchant's"
    approve(case, reviewer, now)
    return case.merchant_id


def fill_in(application: Application, plan: RestaurantPlan, owner: Actor, now: datetime, permit_until: date) -> None:
    """Company data and the documents that dining demands, with pictures made here."""
    values = {
        "category": "restaurant",
        "company": f"青溪镇{plan.name}", "credit_code": plan.credit_code, "legal_person": "".join(plan.owner), "contact_name": "".join(plan.owner),
        "contact_phone": "13800138000", "address": plan.address, "bank_name": "青溪农商银行", "bank_account": "6222021234567890123",
    }
    save_application(application, values, {}, actor=owner, now=now)
    papers: tuple[tuple[str, dict[str, Any]], ...] = (
        ("business_licence", {"number": plan.credit_code}),
        ("food_permit", {"number": f"JY2510100{application.id:07d}", "expires_on": permit_until}),
        ("storefront_photo", {}),
    )
    for kind, more in papers:
        attach_document(application, kind, io.BytesIO(picture(f"{plan.name}\n{kind}")), f"{kind}.jpg", actor=owner, now=now, **more)


def approve(case: Case, reviewer: Actor, now: datetime) -> None:
    """A reviewer takes the case and says yes."""
    claim_case(case.id, actor=reviewer, now=now)
    decide(case.id, "approve", actor=reviewer, now=now + timedelta(minutes=6))


def set_up(merchant_id: int, plan: RestaurantPlan, reviewer: Actor, now: datetime) -> Shop:
    """Hours, services, tables, and the menu from a spreadsheet; dishes approved; doors open."""
    owner = owner_actor(merchant_id)
    shop = db.session.scalars(select(Shop).where(Shop.merchant_id == merchant_id)).one()
    update_shop(
        shop, actor=owner, now=now, name=plan.name, cuisine=plan.cuisine, address=plan.address, latitude=plan.place[0], longitude=plan.place[1],
        hours=ALL_WEEK, services=["dine_in", "pickup", "delivery"], packing_fee=100, delivery_fee=500, delivery_least=2000, delivery_metres=5000,
        accept_minutes=5, cook_minutes=18, accepts_by_itself=plan.accepts_by_itself, phone="028-61234567", notice="现点现做，高峰期请稍候",
    )
    area = add_area(shop, "大堂", actor=owner, now=now)
    add_tables(area, 8, actor=owner, now=now)
    add_tables(add_area(shop, "包间", actor=owner, now=now), ["荷花厅", "竹韵厅"], seats=10, actor=owner, now=now)
    import_menu(shop, menu_spreadsheet(plan), actor=owner, now=now)
    approve_waiting(merchant_id, reviewer, now)
    move(shop, "open", actor=owner, now=now)
    return shop


def menu_spreadsheet(plan: RestaurantPlan) -> bytes:
    """The plan's dishes as the spreadsheet that a restaurant would send, made by another program than ours."""
    book = Workbook()
    sheet = book.active
    sheet.append(HEADS)
    for number, (category, name, description, price) in enumerate(plan.dishes):
        choices = "辣度(1-1):不辣|微辣|特辣; 加料(0-2):加蛋+2|加肉+5" if category.startswith("招牌") else None
        stock = 40 if number % 9 == 4 else None
        sheet.append([category, name, None, price / 100, stock, 5, description or None, None, choices, "是"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def approve_waiting(merchant_id: int, reviewer: Actor, now: datetime) -> int:
    """Approve every case of the merchant that waits; return how many."""
    waiting = list(db.session.scalars(select(Case).where(Case.merchant_id == merchant_id, Case.status == "waiting").order_by(Case.id)))
    for case in waiting:
        approve(case, reviewer, now)
    return len(waiting)


def add_crew(merchant_id: int, crew: tuple[tuple[str, str, str, str], ...], password: str, now: datetime) -> None:
    """Members of the merchant: (username, role, last name, first name)."""
    owner = owner_actor(merchant_id)
    merchant = db.session.get_one(Application, db.session.scalars(select(Application.id).where(Application.merchant_id == merchant_id)).one()).merchant
    for username, role, last_name, first_name in crew:
        add_member(merchant, username=username, password=password, role=role, last_name=last_name, first_name=first_name, actor=owner, now=now)


def picture(words: str) -> bytes:
    """A plain JPEG that says what it stands for."""
    image = Image.new("RGB", (640, 420), "#f5f5f2")
    ImageDraw.Draw(image).rectangle((20, 20, 620, 400), outline="#b8402b", width=6)
    ImageDraw.Draw(image).text((60, 180), words.encode("ascii", "replace").decode(), fill="#1b1e21")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=82)
    return stream.getvalue()
