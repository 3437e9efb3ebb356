"""Houses: the platform's list, and the page on which a host sets the house up."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.page import Page, expose, may, page_access
from app.framework.console.refused import said_beside, take_back, version_given
from app.framework.console.view import ConsoleView
from app.kernel.files.links import public_address
from app.kernel.files.operations import store_image
from app.kernel.parties.filters import MERCHANT_FILTER
from app.verticals.stays.house_rules import Problem, problem
from app.verticals.stays.models import House
from app.verticals.stays.models.houses import DEPOSITS, FACILITIES, HOUSE_FLOW
from app.verticals.stays.operations.houses import update_house
from app.verticals.stays.queries import house_of, missing_before_opening
from app.verticals.stays.words import OF, ladder_words

TEXTS = ("name", "intro", "phone", "region", "address", "arrive_from", "leave_by", "house_rules")
STEPS = 5


class HouseView(ConsoleView):
    """All houses, for the platform."""

    name = "stays.houses"
    route_base = "/stays/houses"
    model = House
    title = _l("房源")
    singular = _l("房源")
    measure = _l("家")
    icon = "bed"
    search_columns = ("name", "address", "region")
    search_hint = _l("名字、地址、地区")
    list_columns = (
        Column("name", _l("名字"), link=True, sub="address"),
        Column("merchant.name", _l("商户"), phone=False),
        Column("status", _l("状态"), kind="state"),
        Column("region", _l("地区"), phone=False),
        Column("deposit", _l("付款方式"), kind="choice", choices=DEPOSITS, phone=False),
        Column("created_at", _l("加入时间"), kind="when", sort=True),
    )
    filters = (ChoiceFilter("status"), MERCHANT_FILTER, DateFilter("created_at"))
    tabs = (Tab("open", _l("营业中"), status="open"), Tab("paused", _l("暂停接单"), status="paused"), Tab("off", _l("已下架"), status="off"))
    facts = (
        Column("merchant.name", _l("商户")), Column("region", _l("地区")), Column("phone", _l("电话")), Column("arrive_from", _l("几点后入住")),
        Column("leave_by", _l("几点前离店")), Column("deposit", _l("付款方式"), kind="choice", choices=DEPOSITS),
        Column("address", _l("地址"), wide=True), Column("rules", _l("取消规则"), wide=True, value=lambda house: ladder_words(house.ladder)),
        Column("house_rules", _l("入住须知"), wide=True),
    )


class HousePage(Page):
    """`/stays/house`: open or pause, and everything guests read about the house."""

    name = "stays.house"
    route_base = "/stays/house"
    title = _l("房源设置")
    icon = "building"
    words = {"index": _l("查看房源"), "edit": _l("改房源设置")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The settings as they are."""
        house = house_of(self.actor.merchant_id)
        return self._page(house, typed_of_house(house) if house else {})

    @expose("/", methods=["POST"])
    @page_access("can_edit")
    def save(self) -> Response:
        """Save the settings; what does not fit is said beside its input, and nothing typed is lost."""
        house, now = self._house(), clock.now()
        try:
            values = values_of_form(request.form)
            picture = request.files.get("picture")
            if picture is not None and picture.filename:
                values["cover"] = store_image(picture.stream, picture.filename, actor=self.actor, now=now, field="picture").key
            update_house(house, version=version_given(request.form), actor=self.actor, now=now, **values)
        except Refusal as refusal:
            take_back(refusal)
            typed = {**request.form.to_dict(), "facilities": request.form.getlist("facilities"), "confirms_by_itself": "confirms_by_itself" in request.form}
            return self._page(self._house(), typed, refusal)
        return self.done(_("房源设置已保存"), f"{self.endpoint}.index")

    def _page(self, house: House | None, typed: dict[str, Any], refusal: Refusal | None = None) -> Response:
        moves = [move for move in HOUSE_FLOW.open_moves(house, self.actor.roles) if may(HouseView, move.name)] if house else []
        return self.render(
            "stays/house.html", refusal.status if refusal else 200, house=house, typed=typed, flow=HOUSE_FLOW, moves=moves, DEPOSITS=DEPOSITS, OF=OF,
            errors=said_beside(refusal), cover=public_address(house.cover) if house else None,
            FACILITIES=FACILITIES, steps=STEPS, edits=self.may("edit"), missing=missing_before_opening(house) if house and house.status == "preparing" else [],
        )

    def _house(self) -> House:
        house = house_of(self.actor.merchant_id)
        if house is None:
            raise NotFound
        return house


# ---- between the form and the operation ------------------------------------------------------------------------------

def typed_of_house(house: House) -> dict[str, Any]:
    """What the form shows of the house."""
    typed: dict[str, Any] = {name: getattr(house, name) for name in TEXTS}
    typed |= {"latitude": str(house.latitude), "longitude": str(house.longitude), "confirm_minutes": str(house.confirm_minutes)}
    typed |= {"deposit": house.deposit, "deposit_ppm": _rate(house.deposit_ppm), "facilities": list(house.facilities)}
    typed |= {"confirms_by_itself": house.confirms_by_itself, "version": str(house.version), "early": _rate(house.ladder["early_leave_ppm"])}
    for number, step in enumerate(house.ladder["steps"]):
        typed |= {f"step-{number}-hours": str(step["hours"]), f"step-{number}-of": step["of"], f"step-{number}-rate": _rate(step["ppm"])}
    typed |= {"no_show-of": house.ladder["no_show"]["of"], "no_show-rate": _rate(house.ladder["no_show"]["ppm"])}
    return typed


def _rate(ppm: int) -> str:
    return f"{ppm / 10_000:g}"


def values_of_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Settings for `update_house`. Raises Invalid with what is no number."""
    errors: list[Problem] = []
    values: dict[str, Any] = {name: form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip() for name in TEXTS}
    values |= {name: _number(name, form.get(name, ""), errors, signed=True) for name in ("latitude", "longitude")}
    values["confirm_minutes"] = int(_number("confirm_minutes", form.get("confirm_minutes", ""), errors))
    values["deposit"], values["facilities"] = form.get("deposit", "all"), [name for name in FACILITIES if name in form.getlist("facilities")]
    values["deposit_ppm"] = _ppm("deposit_ppm", form.get("deposit_ppm", ""), errors)
    values["confirms_by_itself"] = form.get("confirms_by_itself") == "1"
    steps = [
        {
            "hours": int(_number("ladder", form[f"step-{number}-hours"], errors)), "of": _of(form.get(f"step-{number}-of", "")),
            "ppm": _ppm("ladder", form.get(f"step-{number}-rate", ""), errors),
        }
        for number in range(STEPS) if form.get(f"step-{number}-hours", "").strip()
    ]
    values["ladder"] = {
        "steps": steps, "no_show": {"hours": 0, "of": _of(form.get("no_show-of", "")), "ppm": _ppm("ladder", form.get("no_show-rate", ""), errors)},
        "early_leave_ppm": _ppm("ladder", form.get("early", ""), errors),
    }
    if errors:
        raise Invalid(errors=errors)
    return values


def _of(text: str) -> str:
    return "all" if text == "all" else "first"


def _number(name: str, text: str, errors: list[Problem], *, signed: bool = False) -> float:
    if re.fullmatch((r"-?" if signed else "") + (r"\d{1,6}(\.\d{1,9})?" if signed else r"\d{1,6}"), text.strip(), flags=re.ASCII):
        return float(text)
    errors.append(problem(name, "not_a_number", _l("填数字")))
    return 0


def _ppm(name: str, text: str, errors: list[Problem]) -> int:
    if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text.strip() or "0", flags=re.ASCII):
        return round(float(text or 0) * 10_000)
    errors.append(problem(name, "not_a_number", _l("比例填数字，例如 50")))
    return 0
