"""Houses: the platform's list, and the page on which a host sets the house up."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.framework.console.columns import Column, Tab
from app.framework.console.filters import ChoiceFilter, DateFilter
from app.framework.console.view import ConsoleView
from app.kernel.parties.filters import MERCHANT_FILTER
from app.kernel.places.rules import Problem, degrees, ppm, whole
from app.kernel.places.views import PlacePage, texts
from app.verticals.stays.models import House
from app.verticals.stays.models.houses import DEPOSITS, FACILITIES
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


class HousePage(PlacePage):
    """`/stays/house`: open or pause, and everything guests read about the house."""

    name = "stays.house"
    route_base = "/stays/house"
    title = _l("房源设置")
    list_view = HouseView
    template = "stays/house.html"
    blank = ("bed", _l("还没有房源"), _l("入驻申请通过后，这里填地址、入住规则和取消规则。"))
    off = _l("房源被平台下架，客人看不到。按通知补好证照后由平台恢复。")
    place = staticmethod(house_of)
    missing = staticmethod(missing_before_opening)
    update = staticmethod(update_house)

    def typed_of(self, place: House) -> dict[str, Any]:
        """Texts, numbers, and the ladder step by step, rates in percent."""
        typed: dict[str, Any] = {name: getattr(place, name) for name in TEXTS}
        typed |= {"latitude": str(place.latitude), "longitude": str(place.longitude), "confirm_minutes": str(place.confirm_minutes)}
        typed |= {"deposit": place.deposit, "deposit_ppm": _rate(place.deposit_ppm), "facilities": list(place.facilities)}
        typed |= {"confirms_by_itself": place.confirms_by_itself, "early": _rate(place.ladder["early_leave_ppm"])}
        for number, step in enumerate(place.ladder["steps"]):
            typed |= {f"step-{number}-hours": str(step["hours"]), f"step-{number}-of": step["of"], f"step-{number}-rate": _rate(step["ppm"])}
        return typed | {"no_show-of": place.ladder["no_show"]["of"], "no_show-rate": _rate(place.ladder["no_show"]["ppm"])}

    def typed_back(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Facilities, and whether bookings are confirmed by themselves."""
        return {"facilities": form.getlist("facilities"), "confirms_by_itself": form.get("confirms_by_itself") == "1"}

    def values(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Settings for `update_house`."""
        faults: list[Problem] = []
        values: dict[str, Any] = texts(form, TEXTS)
        values |= {name: degrees(name, form.get(name, ""), faults) for name in ("latitude", "longitude")}
        values["confirm_minutes"] = whole("confirm_minutes", form.get("confirm_minutes", ""), faults)
        values["deposit"], values["facilities"] = form.get("deposit", "all"), [name for name in FACILITIES if name in form.getlist("facilities")]
        values["deposit_ppm"] = ppm("deposit_ppm", form.get("deposit_ppm", ""), faults)
        values["confirms_by_itself"] = form.get("confirms_by_itself") == "1"
        values["ladder"] = _ladder(form, faults)
        if faults:
            raise Invalid(errors=faults)
        return values

    def around(self) -> dict[str, Any]:
        """Ways to pay, what a rate is of, facilities, steps of the ladder."""
        return {"DEPOSITS": DEPOSITS, "OF": OF, "FACILITIES": FACILITIES, "steps": STEPS}


def _rate(of_million: int) -> str:
    return f"{of_million / 10_000:g}"


def _ladder(form: MultiDict[str, str], faults: list[Problem]) -> dict[str, Any]:
    steps = [
        {
            "hours": whole("ladder", form[f"step-{number}-hours"], faults), "of": _of(form.get(f"step-{number}-of", "")),
            "ppm": ppm("ladder", form.get(f"step-{number}-rate", ""), faults),
        }
        for number in range(STEPS) if form.get(f"step-{number}-hours", "").strip()
    ]
    no_show = {"hours": 0, "of": _of(form.get("no_show-of", "")), "ppm": ppm("ladder", form.get("no_show-rate", ""), faults)}
    return {"steps": steps, "no_show": no_show, "early_leave_ppm": ppm("ladder", form.get("early", ""), faults)}


def _of(text: str) -> str:
    return "all" if text == "all" else "first"
