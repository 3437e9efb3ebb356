"""The price calendar: what each room type costs on each night, changed for many nights at once; seasons, promotions, and import by spreadsheet."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Invalid, NotFound, Refusal
from app.core.money import NotAnAmount, parse_yuan
from app.core.periods import business_day
from app.framework.console.page import Page, expose, page_access
from app.framework.console.refused import take_back
from app.framework.database import get
from app.kernel.bookings.rules import nights_between
from app.kernel.places.rules import problem
from app.verticals.stays.models import House, PromotionRow, RoomType, SeasonRow
from app.verticals.stays.models.prices import PROMOTIONS
from app.verticals.stays.operations import prices
from app.verticals.stays.operations.booking import WEEKDAYS
from app.verticals.stays.operations.price_import import import_prices
from app.verticals.stays.queries import house_of, promotions_of, seasons_of, tariffs_of, types_of
from app.verticals.stays.rules import is_closed, least_nights, price_of

SHOWN = 35


class PricesPage(Page):
    """`/stays/prices`: five weeks of prices, and what changes them."""

    name = "stays.prices"
    route_base = "/stays/prices"
    title = _l("房价日历")
    icon = "calendar"
    words = {"index": _l("查看房价"), "edit": _l("改房价")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """The calendar from today, or from `from`."""
        return self._page()

    @expose("/days", methods=["POST"])
    @page_access("can_edit")
    def days(self) -> Response:
        """Many nights of many room types at once."""
        return self._try(self._set_days)

    @expose("/season", methods=["POST"])
    @page_access("can_edit")
    def season(self) -> Response:
        """Add a season to room types."""
        return self._try(self._add_season)

    @expose("/season/<int:pk>/remove", methods=["POST"])
    @page_access("can_edit")
    def remove_season(self, pk: int) -> Response:
        """A season is gone."""
        season = get(SeasonRow, pk)
        name = season.name
        prices.remove_season(season, get(RoomType, season.type_id), actor=self.actor, now=clock.now())
        return self.done(_("已删季节价“%(name)s”", name=name), f"{self.endpoint}.index", _anchor="seasons")

    @expose("/promotion", methods=["POST"])
    @page_access("can_edit")
    def promotion(self) -> Response:
        """Add a promotion."""
        return self._try(self._add_promotion)

    @expose("/promotion/<int:pk>", methods=["POST"])
    @page_access("can_edit")
    def switch(self, pk: int) -> Response:
        """A promotion on or off."""
        wanted = request.form.get("wanted") == "1"
        found = prices.switch_promotion(get(PromotionRow, pk), wanted, actor=self.actor, now=clock.now())
        sentence = _("“%(name)s”已启用", name=found.name) if wanted else _("“%(name)s”已停用", name=found.name)
        return self.done(sentence, f"{self.endpoint}.index", _anchor="promotions")

    @expose("/import", methods=["POST"])
    @page_access("can_edit")
    def load(self) -> Response:
        """Prices from a spreadsheet: room type, date, price, least nights, closed; all rows or none."""
        return self._try(self._import)

    # ---- shared ------------------------------------------------------------------------------------------------------

    def _try(self, work: Any) -> Response:
        try:
            sentence = work(self._house())
        except Refusal as refusal:
            take_back(refusal)
            return self._page(refusal)
        return self.done(sentence, f"{self.endpoint}.index", **{"from": request.form.get("from") or None})

    def _set_days(self, house: House) -> str:
        form = request.form
        errors: list[dict[str, str]] = []
        first, last = _day("first", errors), _day("last", errors)
        price, least = _fen("price", errors), _count("least", errors)
        closed = {"open": False, "closed": True}.get(form.get("closed", ""))
        weekdays = [int(each) for each in form.getlist("weekday") if each in set("0123456")]
        if errors:
            raise Invalid(errors=errors)
        change = prices.DayChange(price, least, closed, clear=form.get("closed") == "clear")
        count = prices.set_days(self._types(house), first, last, change, weekdays=weekdays or range(7), actor=self.actor, now=clock.now())
        return _("改了 %(count)d 晚的房价", count=count)

    def _add_season(self, house: House) -> str:
        errors: list[dict[str, str]] = []
        first, last = _day("first", errors), _day("last", errors)
        price, least, rate = _fen("price", errors), _count("least", errors), _rate("rate", errors)
        if errors:
            raise Invalid(errors=errors)
        types, name = self._types(house), request.form.get("name", "")
        for each in types:
            prices.add_season(
                each, name=name, first=first, last=last, price=price, ppm=rate, least=least or 0, actor=self.actor, now=clock.now(),
            )
        return _("已给 %(count)d 个房型加季节价“%(name)s”", count=len(types), name=name.strip())

    def _add_promotion(self, house: House) -> str:
        errors: list[dict[str, str]] = []
        first, last = _day("first", errors), _day("last", errors)
        rate, days, chosen = _rate("off", errors), _count("days", errors), request.form.get("type", type=int)
        if errors:
            raise Invalid(errors=errors)
        made = prices.add_promotion(
            house, name=request.form.get("promotion_name", ""), kind=request.form.get("kind", ""), ppm=rate, first=first, last=last, days=days or 0,
            type_id=get(RoomType, chosen).id if chosen else None, actor=self.actor, now=clock.now(),
        )
        return _("已加优惠“%(name)s”", name=made.name)

    def _import(self, house: House) -> str:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise Invalid(errors=[problem("file", "required", _l("选一个 .xlsx 文件"))])
        count = import_prices(house, file.stream.read(2_000_001), actor=self.actor, now=clock.now())
        return _("导入了 %(count)d 晚的房价", count=count)

    def _types(self, house: House) -> list[RoomType]:
        chosen = {int(each) for each in request.form.getlist("type") if each.isdecimal() and len(each) < 19}
        found = [each for each in types_of(house.id) if each.id in chosen]
        if not found:
            raise Invalid(errors=[problem("type", "required", _l("选至少一个房型"))])
        return found

    def _page(self, refusal: Refusal | None = None) -> Response:
        house = house_of(self.actor.merchant_id)
        first = _asked(request.values.get("from", "")) or business_day(clock.now())
        days = nights_between(first, first + timedelta(days=SHOWN))
        types = types_of(house.id) if house else []
        tariffs = tariffs_of(types, first, days[-1] + timedelta(days=1)) if types else {}
        rows = [
            (each, [(*price_of(tariffs[each.id], day), least_nights(tariffs[each.id], day), is_closed(tariffs[each.id], day)) for day in days])
            for each in types
        ]
        return self.render(
            "stays/prices.html", refusal.status if refusal else 200, house=house, types=types, days=days, rows=rows, first=first, WEEKDAYS=WEEKDAYS,
            back=first - timedelta(days=28), on=first + timedelta(days=28), PROMOTIONS=PROMOTIONS, typed=request.form, edits=self.may("edit"),
            seasons=seasons_of([each.id for each in types]), promotions=promotions_of(house.id) if house else [],
            names={each.id: each.name for each in types}, today=business_day(clock.now()),
            errors=[str(each["message"]) for each in refusal.problems] if refusal else [],
        )

    def _house(self) -> House:
        house = house_of(self.actor.merchant_id)
        if house is None:
            raise NotFound
        return house


def _asked(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _day(name: str, errors: list[Any]) -> date:
    found = _asked(request.form.get(name, ""))
    if found is None:
        errors.append(problem(name, "not_a_day", _l("填开始和结束日期")))
    return found or date(2000, 1, 1)


def _fen(name: str, errors: list[Any]) -> int | None:
    text = request.form.get(name, "").strip()
    try:
        return parse_yuan(text) if text else None
    except NotAnAmount as refusal:
        errors.append(problem(name, refusal.code, refusal))
        return None


def _count(name: str, errors: list[Any]) -> int | None:
    text = request.form.get(name, "").strip()
    if text and not re.fullmatch(r"\d{1,3}", text, flags=re.ASCII):
        errors.append(problem(name, "not_a_number", _l("填整数")))
        return None
    return int(text) if text else None


def _rate(name: str, errors: list[Any]) -> int:
    text = request.form.get(name, "").strip().removesuffix("%").strip().replace("−", "-")
    if text and not re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,2})?", text, flags=re.ASCII):
        errors.append(problem(name, "not_a_number", _l("百分比填数字，例如 20 或 -15")))
        return 0
    return round(float(text or 0) * 10_000)
