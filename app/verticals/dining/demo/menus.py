"""What the town's restaurants cook, as rows of the menu spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RestaurantPlan:
    """A restaurant of the demo: its people sign in as `owner`, `cashier`, `kitchen` when it is the first."""

    name: str
    cuisine: str
    owner: tuple[str, str]
    username: str
    address: str
    place: tuple[float, float]
    credit_code: str
    dishes: tuple[tuple[str, str, str, int], ...]
    orders: int
    accepts_by_itself: bool = False


CATEGORIES = ("招牌砂锅", "粥", "小吃", "面点", "凉菜", "饮料")
_MAINS = ("牛肉", "海鲜", "排骨", "鱼头", "豆腐", "鸡公", "羊肉", "菌菇", "肥肠", "花甲")
_SNACKS = ("手工小笼包", "油条", "煎饺", "葱油饼", "春卷", "锅贴", "糯米鸡", "萝卜糕", "炸酱饼", "红糖糍粑")


def porridge_menu() -> tuple[tuple[str, str, str, int], ...]:
    """Sixty dishes in six categories: (category, name, description, fen)."""
    rows = [("招牌砂锅", f"砂锅{main}", f"{main}现煲二十分钟，小火收汁", 3800 + 200 * n) for n, main in enumerate(_MAINS)]
    rows += [("粥", f"{kind}粥", "新米熬足四十分钟", 1200 + 150 * n) for n, kind in enumerate(
        ("皮蛋瘦肉", "鲜虾蟹籽", "生滚鱼片", "猪肝", "南瓜小米", "八宝", "青菜香菇", "牛肉窝蛋", "艇仔", "白"))]
    rows += [("小吃", name, "每日现做", 600 + 120 * n) for n, name in enumerate(_SNACKS)]
    rows += [("面点", f"{kind}面", "手擀面，汤底用筒骨", 1250 + 100 * n) for n, kind in enumerate(
        ("牛肉", "炸酱", "阳春", "雪菜肉丝", "番茄鸡蛋", "酸辣", "三鲜", "担担", "葱油", "肥肠"))]
    rows += [("凉菜", name, "当天拌", 800 + 60 * n) for n, name in enumerate(
        ("凉拌木耳", "拍黄瓜", "皮蛋豆腐", "口水鸡", "夫妻肺片", "蒜泥白肉", "凉拌海带", "老醋花生", "泡菜", "卤牛肉"))]
    rows += [("饮料", name, "", 300 + 100 * n) for n, name in enumerate(
        ("酸梅汤", "豆浆", "绿豆沙", "柠檬茶", "椰汁", "菊花茶", "米酒", "鲜榨橙汁", "杏仁露", "可乐"))]
    return tuple(rows)


def short_menu(kinds: tuple[tuple[str, int], ...]) -> tuple[tuple[str, str, str, int], ...]:
    """A short menu under two headings."""
    return tuple(("招牌" if n < len(kinds) // 2 else "其他", name, "", price) for n, (name, price) in enumerate(kinds))


TOWN = (
    RestaurantPlan(
        "老巷子砂锅粥", "砂锅粥", ("林", "建民"), "owner", "青溪镇老巷子 12 号", (30.5728, 104.0668), "91510100MA6CQ1PX07", porridge_menu(), 56,
    ),
    RestaurantPlan(
        "川渝小馆 · 南门店", "川菜", ("陈", "秀兰"), "chuanyu", "青溪镇南门街 3 号", (30.5691, 104.0702), "91510100MA6CQ1PX1A",
        short_menu((("水煮鱼", 5800), ("回锅肉", 3200), ("麻婆豆腐", 1800), ("夫妻肺片", 2800), ("担担面", 1200), ("米饭", 200))), 28, True,
    ),
    RestaurantPlan(
        "麦香园烘焙", "烘焙", ("黄", "启明"), "maixiang", "青溪镇中山路 88 号", (30.5760, 104.0621), "91510100MA6CQ1PX2D",
        short_menu((("海盐卷", 800), ("吐司", 1600), ("蛋糕", 2600), ("拿铁", 1800))), 14, True,
    ),
)

BAKERY = TOWN[2]  # takes its payments by its own number at the channel

NEWCOMERS = (
    RestaurantPlan("湘里人家", "湘菜", ("何", "国栋"), "xiangli", "青溪镇北街 21 号", (30.5755, 104.0715), "91510100MA6CQ1PX3G", (), 0),
    RestaurantPlan("半亩茶餐厅", "茶餐厅", ("许", "晚晴"), "banmu", "青溪镇湖滨路 6 号", (30.5702, 104.0598), "91510100MA6CQ1PX4K", (), 0),
)
NEW_DISH = RestaurantPlan(
    TOWN[0].name, "", ("", ""), "", "", (0.0, 0.0), "", (("招牌砂锅", "砂锅蟹黄豆腐", "拆蟹现熬，周末限量", 6800), ("粥", "海参小米粥", "每天二十份", 5200)), 0,
)
