"""A small application with every part of the console: cafés with a flow, dishes that belong to them, a home, a board's worth of menu."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Flask, session
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import BigInteger, ForeignKey, MetaData, String, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Mapped, mapped_column, relationship
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

import config
from app.core import clock
from app.core.actors import ANYBODY, EVERYTHING, Actor, Scope
from app.core.errors import Refusal
from app.core.flows import Ask, Flow, Move, State
from app.extensions import csrf, db
from app.framework import console, events, identity, observability
from app.framework.access import STAFF_ONLY, owned
from app.framework.console import export, find, helping, keeping, preferences, reporting, seeing, shell, timeline
from app.framework.console.builder import HouseBuilder
from app.framework.console.columns import Column, LineChoice, Related, Section, Tab, TimelineItem
from app.framework.console.fields import CountField, ImageField, MoneyField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter, PartyFilter
from app.framework.console.home import Chart, Figure, HomeCard, MoneyLine, Table, TodoItem
from app.framework.console.page import Page, expose, page_access
from app.framework.console.view import ConsoleView
from app.framework.database import Dated, Moment, save
from app.framework.embedded import embedded_urls
from app.framework.flow import guard_status
from app.framework.manifest import Grant, Manifest, MenuItem, Role
from app.framework.web import House

STAFF = frozenset({"Operator"})
MEMBERS = frozenset({"Owner"})


class SampleModel(Model):
    """Tables of the sample: known to the mapper, absent from the product's own metadata and migrations."""

    __abstract__ = True
    metadata = MetaData()


DISH_FLOW = Flow(
    name="sample_dish", title=_l("菜品"),
    states=(
        State("draft", _l("草稿")), State("pending", _l("待审核"), "wait"), State("live", _l("在售"), "ok"),
        State("refused", _l("已驳回"), "bad"), State("frozen", _l("已冻结"), "hold"),
    ),
    moves=(
        Move("submit", _l("提交审核"), ("draft", "refused"), "pending", MEMBERS, style="primary"),
        Move("approve", _l("通过"), ("pending",), "live", STAFF, style="primary"),
        Move("refuse", _l("驳回"), ("pending",), "refused", STAFF, asks=(Ask("reason", _l("原因"), max_length=40),), style="danger"),
        Move("freeze", _l("冻结"), ("live",), "frozen", STAFF, confirm=_l("冻结后顾客看不到这道菜"), style="danger", undo="thaw"),
        Move("thaw", _l("解冻"), ("frozen",), "live", STAFF),
        Move("price", _l("改价"), ("live",), "live", STAFF, asks=(
            Ask("amount", _l("新价"), "money"), Ask("why", _l("类别"), "choice", choices=(("season", _l("时令")), ("cost", _l("成本")))),
            Ask("parts", _l("规格"), "lines", required=False),
        )),
    ),
)


class SampleCafe(SampleModel):
    """A firm that owns dishes."""

    __tablename__ = "sample_cafe"
    __access__ = owned("id")
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


class SampleDish(Dated, SampleModel):
    """Something on a menu."""

    __tablename__ = "sample_dish"
    __access__ = owned()
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("sample_cafe.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    spec: Mapped[str] = mapped_column(String(80), default="")
    price: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default="draft")
    sold_at: Mapped[datetime | None] = mapped_column(Moment)
    phone: Mapped[str] = mapped_column(String(20), default="13800002071")
    merchant: Mapped[SampleCafe] = relationship(lazy="raise")

    @property
    def label(self) -> str:
        """Its name."""
        return self.name


guard_status(SampleDish, DISH_FLOW)


class SampleSecret(SampleModel):
    """Something that only staff may see."""

    __tablename__ = "sample_secret"
    __access__ = STAFF_ONLY
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class TooDear(Refusal):
    """More than the sample lets a dish cost."""

    code = "sample.too_dear"
    status = 422
    sentence = _l("最多 %(most)s 元")


def add_dish(*, actor: Actor, now: datetime, name: str, price: int, **more: Any) -> SampleDish:
    """A new dish of the actor's café."""
    if price > 100_000:
        raise TooDear(most=1000, field="price")
    return save(SampleDish(merchant_id=actor.merchant_id or 1, name=name, price=price, spec=more.get("spec", ""), created_at=now))


def change_dish(dish: SampleDish, *, actor: Actor, now: datetime, name: str, price: int, **more: Any) -> SampleDish:
    """Another name and price."""
    dish.name, dish.price = name, price
    db.session.flush()
    return dish


class DishForm(FlaskForm):
    """What a person says about a dish."""

    name = StringField(_l("菜名"), [InputRequired(_l("写一个菜名")), Length(max=80)])
    price = MoneyField(_l("单价"), [InputRequired(_l("写一个价格"))], description=_l("含税，按份"))
    spec = StringField(_l("规格"))
    stock = CountField(_l("库存"), unit=_l("份"), default=20)
    place = SelectField(_l("分类"), choices=[("hot", _l("热菜")), ("cold", _l("凉菜"))])
    words = TextAreaField(_l("介绍"), description=_l("最多 200 字"))
    picture = ImageField(_l("图片"))
    open = BooleanField(_l("做好就上架"))


def _cafes(words: str) -> list[tuple[int, str]]:
    return [(row.id, row.name) for row in db.session.query(SampleCafe).filter(SampleCafe.name.contains(words, autoescape=True)).limit(20)]


def _cafe_name(key: int) -> str | None:
    found = db.session.get(SampleCafe, key)
    return found.name if found else None


class Part(NamedTuple):
    """A line of a dish's price."""

    name: str
    cost: int
    price: int


class SampleDishView(ConsoleView):
    """Dishes."""

    name = "sample.dishes"
    route_base = "/sample/dishes"
    model = SampleDish
    title, singular, icon, measure = _l("菜品"), _l("菜品"), "bowl", _l("道")
    subtitle = _l("按新建时间，最新在前")
    list_columns = (
        Column("name", _l("菜名"), link=True, sub="spec"), Column("price", _l("单价"), kind="money", sort=True, total=True, strong=True),
        Column("merchant.name", _l("商户")), Column("status", _l("状态"), kind="state"), Column("phone", _l("电话"), kind="phone", phone=False),
        Column("sold_at", _l("上次卖出"), kind="when", sort=True, phone=False), Column("created_at", _l("时间"), kind="when", sort=True),
    )
    search_columns = ("name",)
    search_hint = _l("菜名")
    filters = (
        ChoiceFilter("status"), DateFilter("created_at"), MoneyFilter("price"),
        PartyFilter("merchant_id", _l("商户"), options=_cafes, named=_cafe_name),
    )
    tabs = (Tab("waiting", _l("待审核"), urgent=True, status="pending"), Tab("dear", _l("50 元以上"), where=lambda model: model.price >= 5000))
    order = "-created_at"
    facts = (
        Column("price", _l("单价"), kind="money", big=True), Column("merchant.name", _l("商户")), Column("phone", _l("电话"), kind="phone"),
        Column("created_at", _l("新建"), kind="when"),
    )
    sections = (
        Section(_l("价格明细"), columns=(
            Column("name", _l("项")), Column("cost", _l("成本"), kind="money"),
            Column("price", _l("单价"), kind="money"),
        ), rows=lambda dish: [Part(dish.name, 300, dish.price)]),
    )
    form = DishForm
    create, update = staticmethod(add_dish), staticmethod(change_dish)
    empty_text = _l("先新建一道菜，审核通过后顾客就能点。")

    def lines(self, record: Any, move: Move) -> tuple[LineChoice, ...]:
        """Two sizes."""
        return (LineChoice(1, "大份", 3, 4800), LineChoice(2, "小份", 2, 2800))


class SampleCafeView(ConsoleView):
    """Cafés."""

    name = "sample.cafes"
    route_base = "/sample/cafes"
    model = SampleCafe
    title, singular, icon = _l("门店"), _l("门店"), "building"
    list_columns = (Column("name", _l("名称"), link=True),)
    related = (Related(SampleDishView, "merchant_id"),)
    show_timeline = False


class SampleSecretView(ConsoleView):
    """Secrets."""

    name = "sample.secrets"
    route_base = "/sample/secrets"
    model = SampleSecret
    title, singular = _l("密件"), _l("密件")
    list_columns = (Column("name", _l("名称"), link=True),)


class SampleDeskView(Page):
    """A page of its own."""

    name = "sample.desk"
    route_base = "/sample/desk"
    title = _l("工作台")

    @expose("/")
    @page_access("can_index")
    def index(self) -> Any:
        """Fails in the ways that the tests want."""
        return self.render("base/fab.html")

    @expose("/fail/<kind>")
    @page_access("can_index")
    def fail(self, kind: str) -> Any:
        """Raise what the address says."""
        if kind == "database":
            db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise ZeroDivisionError(kind)


class SampleSignInView(Page):
    """Where the signed-out are sent."""

    name = "sample.sign_in"
    route_base = "/sign-in"
    title = _l("登录")

    @expose("/", methods=["GET", "POST"])
    def index(self) -> Any:
        """A form that asks for nothing."""
        return self.render("base/plain.html")

    @expose("/as/<who>")
    def enter(self, who: str) -> Any:
        """Become one of the people below."""
        session["who"] = who
        return "in"


class TodoCard(HomeCard):
    """What waits."""

    roles, kind, title, span, order = STAFF | MEMBERS, "todo", _l("等我处理"), 7, 10

    def load(self, actor: Actor, now: datetime) -> list[TodoItem]:
        """Three kinds of work."""
        return [
            TodoItem(3, _l("待接单"), _l("最早一单已等 2 分 14 秒，满 5 分钟自动拒单退款"), "/sample/dishes/", _l("去接单"), "bad"),
            TodoItem(2, _l("退款申请"), _l("今天 18:00 前处理"), "/sample/dishes/", _l("处理")),
            TodoItem(9, _l("新评价"), _l("其中 1 条三星"), "/sample/dishes/", _l("回复"), ""),
        ]


class FigureCard(HomeCard):
    """How today goes."""

    roles, kind, title, span, order = STAFF | MEMBERS, "figures", _l("今天的数"), 5, 20

    def load(self, actor: Actor, now: datetime) -> list[Figure]:
        """Four figures."""
        return [
            Figure(_l("营业额"), "¥3,586.00", "/sample/dishes/", change=191_000, note=_l("比上周一同时段")),
            Figure(_l("订单"), "72", unit=_l("单"), note=_l("堂食 31，自取 12")),
            Figure(_l("客单价"), "¥49.81", change=-23_000, note=_l("比上周一")),
            Figure(_l("退款"), "¥38.00", note=_l("占营业额 1.1 %")),
        ]


class ChartCard(HomeCard):
    """Hours."""

    roles, kind, title, span, order = STAFF | MEMBERS, "chart", _l("每小时营业额"), 7, 30

    def load(self, actor: Actor, now: datetime) -> Chart:
        """Two days."""
        today, before = [180, 300, 680, 900, 420, 310, 220, 480, 700, None], [150, 280, 610, 840, 450, 300, 210, 520, 650, 600]
        return Chart([str(hour) for hour in range(9, 19)], [(_l("今天"), today), (_l("上周一"), before)], _l("元"))


class MoneyCard(HomeCard):
    """My money."""

    roles, kind, title, span, order = MEMBERS | STAFF, "money", _l("我的钱"), 5, 40

    def load(self, actor: Actor, now: datetime) -> list[MoneyLine]:
        """Three lines."""
        return [MoneyLine(_l("可提现"), 1_240_866, strong=True), MoneyLine(_l("待结算"), 739_512), MoneyLine(_l("合计"), 1_980_378, sum=True)]


class BestCard(HomeCard):
    """What sells."""

    roles, kind, title, span, order = MEMBERS, "table", _l("卖得最好"), 12, 50

    def load(self, actor: Actor, now: datetime) -> Table:
        """One row."""
        return Table([_l("菜品"), _l("份数"), _l("金额")], [["招牌砂锅牛肉", "38", "¥1,824.00"]], frozenset({1, 2}))


MANIFEST = Manifest(
    name="sample", title=_l("样板"),
    roles=(
        Role("Operator", _l("运营"), "", "platform"), Role("Owner", _l("店主"), ""), Role("Kitchen", _l("后厨"), ""),
        Role("Finance", _l("财务"), "", "platform"),
    ),
    grants=(
        Grant("Operator", "sample.dishes", ("*",)), Grant("Operator", "sample.cafes", ("list", "show")), Grant("Operator", "sample.secrets", ("*",)),
        Grant("Operator", "sample.desk", ("*",)), Grant("Owner", "sample.dishes", ("*",)), Grant("Owner", "sample.cafes", ("list", "show")),
        Grant("Kitchen", "sample.dishes", ("list",)), Grant("Finance", "sample.secrets", ("list",)),
    ),
    views=(SampleDishView, SampleCafeView, SampleSecretView, SampleDeskView, SampleSignInView),
    menu=(
        MenuItem("home", "HomeView.index", _l("今天"), "home", _l("工作"), 1),
        MenuItem("sample.dishes", "SampleDishView.list", _l("菜品"), "bowl", _l("点餐"), 10, badge=lambda actor: 3),
        MenuItem("sample.cafes", "SampleCafeView.list", _l("门店"), "building", _l("点餐"), 20),
        MenuItem("sample.secrets", "SampleSecretView.list", _l("密件"), "lock", _l("平台"), 30),
        MenuItem("sample.desk", "SampleDeskView.index", _l("工作台"), "panel", _l("平台"), 40),
    ),
    home=(TodoCard, FigureCard, ChartCard, MoneyCard, BestCard),
)

PEOPLE = {
    "operator": Actor("staff", 1, "周敏", frozenset({"Operator"}), EVERYTHING),
    "admin": Actor("staff", 2, "何敏", frozenset({"Admin"}), EVERYTHING),
    "owner": Actor("member", 3, "林建民", frozenset({"Owner"}), Scope("merchant", 1)),
    "other": Actor("member", 4, "向东来", frozenset({"Owner"}), Scope("merchant", 2)),
    "kitchen": Actor("member", 5, "王师傅", frozenset({"Kitchen"}), Scope("merchant", 1)),
}


def who() -> Actor:
    """The person of the session."""
    return PEOPLE.get(session.get("who", ""), ANYBODY)


def build(uri: str, name: str, password: str, **settings: Any) -> Flask:
    """The sample application on database `name` of the server at `uri`."""
    app_url = embedded_urls(uri, name, password)[1]
    app = House("sample", root_path=str(config.ROOT / "app"), template_folder=str(config.ROOT / "templates"))
    app.config.update({
        **config.load(), "SQLALCHEMY_DATABASE_URI": app_url, "TESTING": True, "WTF_CSRF_ENABLED": False, "SIGN_IN_ENDPOINT": "SampleSignInView.index",
        "FAB_SECURITY_MANAGER_CLASS": "app.framework.console.security.BuiltinSecurityManager", "PROPAGATE_EXCEPTIONS": False, **settings,
    })
    observability.init_app(app)
    db.init_app(app)
    csrf.init_app(app)
    app.extensions["manifests"] = [MANIFEST]
    with app.app_context():
        console.init_app(app, HouseBuilder(), [MANIFEST])
    return app


REGISTRIES: tuple[list[Any], ...] = (
    identity._identify, timeline._tell, timeline._words, shell._place, keeping._keeper, keeping.MESSAGES, shell.account_links, preferences._remember,
    find._finders, export._centre, seeing._read, reporting._links, helping._find,
)


@contextmanager
def registered() -> Iterator[None]:
    """Inside the block the process knows the sample's people and stories instead of the product's."""
    before, handlers = [list(registry) for registry in REGISTRIES], dict(events._handlers)
    events._handlers.clear()
    for registry in REGISTRIES:
        registry.clear()
    identity.identify_with(who)
    timeline.timeline_with(story, lambda record, name, value: (name, str(value)))
    try:
        yield
    finally:
        for registry, kept in zip(REGISTRIES, before, strict=True):
            registry[:] = kept
        events._handlers.update(handlers)


def story(record: Any) -> list[TimelineItem]:
    """The same two acts for every record."""
    return [TimelineItem(clock.now(), "林建民", "提交审核", why="换了新的牛肉"), TimelineItem(clock.now(), "林建民", "新建")]


def fill(uri: str, name: str, password: str) -> None:
    """Tables, rights, two cafés and sixty dishes of the first, three of the second."""
    engine = create_engine(make_url(embedded_urls(uri, name, password)[0]))
    with engine.begin() as connection:
        SampleModel.metadata.create_all(connection)
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO baiye_app"))
        connection.execute(text("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO baiye_app"))
        connection.execute(text("INSERT INTO sample_cafe (id, name) VALUES (1, '老巷子砂锅粥'), (2, '湘里人家')"))
        connection.execute(text("INSERT INTO sample_secret (id, name) VALUES (1, 'secret')"))
        states = ["draft", "pending", "live", "refused", "frozen"]
        now = clock.now()
        rows = [
            {"merchant": 1 if number <= 60 else 2, "name": f"招牌菜 {number:02d}" if number != 7 else "=1+1", "price": 800 + number * 100,
             "status": states[number % 5],
             "at": now - timedelta(hours=number), "sold": None if number % 3 else now - timedelta(minutes=number),
             "spec": "大份，微辣" if number % 4 == 0 else ""}
            for number in range(1, 64)
        ]
        connection.execute(text(
            "INSERT INTO sample_dish (merchant_id, name, spec, price, status, sold_at, created_at, updated_at, version, phone)"
            " VALUES (:merchant, :name, :spec, :price, :status, :sold, :at, :at, 1, '13800002071')"
        ), rows)
    engine.dispose()

