"""Tables of dining: shops, menus, orders."""

from app.verticals.dining.models.menu import Category, Dish, MenuImport, Option, OptionGroup, Size
from app.verticals.dining.models.orders import DiningOrder
from app.verticals.dining.models.shops import Area, Shop, Table
from app.verticals.dining.models.sittings import Sitting

__all__ = ["Area", "Category", "DiningOrder", "Dish", "MenuImport", "Option", "OptionGroup", "Shop", "Sitting", "Size", "Table"]
