"""What a night costs and what calling a stay off costs: pure functions of values. Amounts in fen, rates in ppm, days are of the house's calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from app.core.money import share_ppm, split
from app.kernel.bookings.rules import DayRule

NIGHT = DayRule(time(12))  # a night is the room's from noon to noon, whatever the house's hours for arriving and leaving
NIGHTS_AT_MOST = 90

Because = Literal["base", "weekday", "season", "day"]
Of = Literal["first", "all"]


@dataclass(frozen=True)
class Season:
    """From `first` to `last`, both nights included: another price, or the usual one changed by `ppm`; `least` nights when one arrives in it (0: as usual)."""

    name: str
    first: date
    last: date
    price: int | None = None
    ppm: int = 0
    least: int = 0

    def holds(self, day: date) -> bool:
        """True for a night of the season."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class DayPrice:
    """What was said for one night: its price, how many nights one must stay who arrives then, or that it is closed."""

    price: int | None = None
    least: int = 0
    closed: bool = False


@dataclass(frozen=True)
class Promotion:
    """`ppm` off nights from `first` to `last`. `early`: for whoever books at least `days` ahead of arrival, `late`: at most, `always`: for everybody."""

    name: str
    kind: Literal["early", "late", "always"]
    ppm: int
    first: date
    last: date
    days: int = 0

    def holds(self, day: date, ahead: int) -> bool:
        """True for that night, booked so many days before arrival."""
        if not self.first <= day <= self.last:
            return False
        return self.kind == "always" or (ahead >= self.days if self.kind == "early" else ahead <= self.days)


@dataclass(frozen=True)
class Tariff:
    """The prices of a room type: every night `base`, or by `weekdays` (Monday is 0), by season, or as said for the day. `steps` are (nights, ppm off) of
    long stays; `least` and `most` nights."""

    base: int
    weekdays: Mapping[int, int] = field(default_factory=dict)
    seasons: Sequence[Season] = ()
    days: Mapping[date, DayPrice] = field(default_factory=dict)
    promotions: Sequence[Promotion] = ()
    steps: Sequence[tuple[int, int]] = ()
    least: int = 1
    most: int = NIGHTS_AT_MOST


@dataclass(frozen=True)
class Night:
    """A night and how its price came about: `price` of the calendar (`because`, in the season `word`), and what comes off it."""

    day: date
    price: int
    because: Because
    word: str = ""
    promotion: int = 0
    promotion_name: str = ""
    long_stay: int = 0
    member: int = 0

    @property
    def off(self) -> int:
        """All that comes off."""
        return self.promotion + self.long_stay + self.member

    @property
    def payable(self) -> int:
        """What the guest pays for it."""
        return self.price - self.off


def price_of(tariff: Tariff, day: date) -> tuple[int, Because, str]:
    """What the calendar says for the night, why, and in which season. What is said for the day comes before the season, the season before the weekday.

    A season that changes the usual price by a rate changes the weekday's price, rounded half up.
    """
    said = tariff.days.get(day)
    if said is not None and said.price is not None:
        return said.price, "day", ""
    usual = tariff.weekdays.get(day.weekday())
    season = next((each for each in tariff.seasons if each.holds(day)), None)
    if season is not None and season.price is not None:
        return season.price, "season", season.name
    plain = tariff.base if usual is None else usual
    if season is not None and season.ppm:
        return max(plain + share_ppm(plain, season.ppm), 0), "season", season.name
    return plain, "base" if usual is None else "weekday", ""


def is_closed(tariff: Tariff, day: date) -> bool:
    """True for a night that the house does not sell."""
    said = tariff.days.get(day)
    return said is not None and said.closed


def least_nights(tariff: Tariff, arrival: date) -> int:
    """How many nights one must stay who arrives then: as said for the day, or in the season, or as usual."""
    said = tariff.days.get(arrival)
    if said is not None and said.least:
        return said.least
    season = next((each for each in tariff.seasons if each.holds(arrival)), None)
    return season.least if season is not None and season.least else tariff.least


def quote(tariff: Tariff, days: Sequence[date], *, booked_on: date, member_ppm: int = 0, stayed: int = 0) -> list[Night]:
    """Each night with its price and what comes off: the best promotion that holds, then the long stay's step, then the member's rate, each of what is left.

    `stayed` nights came before in the same stay: they count for the step. A night costs a fen at least.
    """
    ahead = (days[0] - booked_on).days if days else 0
    step = max((ppm for nights, ppm in tariff.steps if len(days) + stayed >= nights), default=0)
    found = []
    for day in days:
        price, because, word = price_of(tariff, day)
        best = max((each for each in tariff.promotions if each.holds(day, ahead)), key=lambda each: each.ppm, default=None)
        promotion = share_ppm(price, best.ppm) if best else 0
        long_stay = share_ppm(price - promotion, step)
        member = share_ppm(price - promotion - long_stay, member_ppm)
        member = min(member, max(price - promotion - long_stay - 1, 0))
        found.append(Night(day, price, because, word, promotion, best.name if best else "", long_stay, member))
    return found


# ---- calling off -----------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Step:
    """Called off at least `hours` before arrival, the house keeps `ppm` of the first night or of all nights."""

    hours: int
    of: Of
    ppm: int


@dataclass(frozen=True)
class Ladder:
    """The steps of a house, and what it keeps of those who never came. Without a step that fits, it keeps what the no-show costs."""

    steps: Sequence[Step]
    no_show: Step
    early_leave_ppm: int = 0

    def step_at(self, hours_left: float) -> Step:
        """The step that holds so many hours before arrival: of those that fit, the one farthest out."""
        fitting = [step for step in self.steps if hours_left >= step.hours]
        return max(fitting, key=lambda step: step.hours) if fitting else self.no_show


@dataclass(frozen=True)
class CallOff:
    """What calling off does: the house keeps `kept`; `back` goes back of what was paid; `waived` is no longer owed. `cuts` are the fen that each line
    costs less, in their order."""

    kept: int
    back: int
    waived: int
    cuts: tuple[int, ...]


def call_off(nights: Sequence[int], paid: int, step: Step) -> CallOff:
    """What the house keeps of nights that cost `nights` (fen that each still holds), `paid` in all. It never keeps more than was paid; what it keeps is of
    the first nights."""
    weight = nights[0] if step.of == "first" and nights else sum(nights)
    kept = min(share_ppm(weight, step.ppm), paid, sum(nights))
    left, cuts = int(kept), []
    for night in nights:
        stays = min(night, left)
        left -= stays
        cuts.append(night - stays)
    return CallOff(int(kept), paid - int(kept), sum(nights) - paid, tuple(cuts))


def leave_early(nights: Sequence[int], back_ppm: int) -> tuple[int, ...]:
    """What each night that is not slept costs less: the house's part of its price, over all of them by largest remainder."""
    return tuple(int(part) for part in split(share_ppm(sum(nights), back_ppm), nights)) if sum(nights) else tuple(0 for _ in nights)


def deposit_of(nights: Sequence[int], kind: str, ppm: int) -> int:
    """What makes the stay stand: nothing less than all (`all`: 0), the first night, or a part of all, a fen at least. 0 is all at once."""
    if kind == "first_night" and len(nights) > 1:
        return nights[0]
    if kind == "part" and 0 < ppm < 1_000_000:
        return max(int(share_ppm(sum(nights), ppm)), 1)
    return 0


# ---- guests ----------------------------------------------------------------------------------------------------------

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_id_number(number: str) -> bool:
    """An ID of a citizen: 17 digits with a date of birth, and the check character of GB 11643-1999."""
    if len(number) != 18 or not number[:17].isdecimal() or not number.isascii():
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11] == number[17].upper()


def masked_number(number: str) -> str:
    """`5101**********4521`: what may be shown of a document."""
    return f"{number[:4]}{'*' * max(len(number) - 8, 2)}{number[-4:]}" if len(number) > 8 else f"{number[:1]}{'*' * (len(number) - 2)}{number[-1:]}"
