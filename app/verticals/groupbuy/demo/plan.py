"""Who is in the demo: leaders with their communities, suppliers with their goods, the course that leaders finish."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A merchant of the demo: how it signs in, its owner (last and first name), what it applied as."""

    username: str
    name: str
    owner: tuple[str, str]
    category: str
    credit_code: str
    point: str = ""
    community: str = ""


@dataclass(frozen=True)
class Offer:
    """A good: supply and sale price in fen."""

    supplier: str
    title: str
    spec: str
    category: str
    supply: int
    sale: int
    words: str
    stock: int | None = None


ZONE = "青溪片区"
COMMUNITIES = (("竹苑小区", "竹苑路 18 号", 30.5728, 104.0668), ("河畔新村", "滨河路 66 号", 30.5801, 104.0712), ("石桥家园", "石桥街 9 号", 30.5655, 104.0593))
LEADERS = (
    Person("chunmei", "春梅团长", ("陈", "春梅"), "leader", "92510100MA6GB00015", "3 栋 1 单元楼下快递柜旁", "竹苑小区"),
    Person("laozhou", "老周团长", ("周", "建平"), "leader", "92510100MA6GB00028", "北门保安亭左手边", "河畔新村"),
    Person("yulan", "玉兰团长", ("罗", "玉兰"), "leader", "92510100MA6GB0003B", "石桥家园 7 号楼小卖部", "石桥家园"),
)
SUPPLIERS = (
    Person("shanye", "山野农场", ("何", "大山"), "supplier", "91510100MA6GB0004H"),
    Person("hedong", "河东食品", ("唐", "小河"), "supplier", "91510100MA6GB0005L"),
)
OFFERS = (
    Offer("shanye", "云南蓝莓", "125 克/盒", "fruit", 980, 1390, "当天采摘，冷链到社区", 400),
    Offer("shanye", "丹东草莓", "500 克/盒", "fruit", 1900, 2580, "个大味甜，坏果包赔", 200),
    Offer("shanye", "高山土豆", "5 斤/袋", "vegetable", 650, 990, "黄心，炖煮不散"),
    Offer("shanye", "本地小白菜", "500 克/份", "vegetable", 220, 350, "早上现摘"),
    Offer("shanye", "散养土鸡蛋", "30 枚/板", "meat", 2650, 3380, "林下散养，易碎已加护垫", 300),
    Offer("shanye", "红富士苹果", "5 斤/箱", "fruit", 1550, 2080, "脆甜多汁"),
    Offer("hedong", "鲜牛奶", "950 毫升/瓶", "dairy", 1180, 1580, "巴氏杀菌，冷藏"),
    Offer("hedong", "手工馒头", "8 个/袋", "dairy", 480, 780, "老面发酵"),
    Offer("hedong", "黑猪五花肉", "500 克/份", "meat", 2380, 3180, "冷鲜，当天分割"),
    Offer("hedong", "东北大米", "5 kg/袋", "grain", 2750, 3590, "当季新米"),
    Offer("hedong", "菜籽油", "5 升/桶", "grain", 5680, 6990, "物理压榨"),
    Offer("hedong", "抽纸", "10 包/提", "daily", 1290, 1790, "原生木浆"),
)
COURSE = "团长上岗课"
LESSONS = (
    ("团长每天做什么", "早上在“团长今天”看有哪些货要到。\n\n货到了逐样点一遍，少了写实际件数，系统会马上退给居民，不用你垫钱。"),
    ("怎么交货", "居民出示 6 位取货码，填上点“交给他”。\n\n不认码不给货，拿错了很难追回来。"),
    ("食品安全和售后", "冷藏的放冰箱，生熟分开。\n\n居民拍照申请售后，小金额系统自动退；大的由平台看照片。"),
)
QUESTIONS = (
    ("货少了 2 盒，你应该怎么做？", ("写实际到的件数", "先自己垫上", "让居民下次再来"), (0,)),
    ("居民没带手机，说不出取货码，怎么办？", ("凭脸熟给他", "请他拿到取货码再来", "让别人代说一个"), (1,)),
    ("哪些要放冰箱？", ("鲜牛奶", "抽纸", "黑猪五花肉"), (0, 2)),
)
RESIDENTS = 9
