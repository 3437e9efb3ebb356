"""Proof 11: of what the kitchen counted, no portion is sold that is not there, and none comes from nowhere."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class StockIsWhatWasCounted(SqlProof):
    """The stock of each size is what was counted last, less what orders took since; never below zero."""

    name = "dining.stock"
    number = 11
    title = _l("点餐库存：等于最近一次盘点减去之后卖出的，不少于零")
    violations = """
        SELECT concat(dish.name, '（', size.name, '）') AS subject, greatest(size.counted - size.taken, 0) AS expected, size.stock AS found
        FROM dining_size AS size JOIN dining_dish AS dish ON dish.id = size.dish_id
        WHERE size.stock IS NOT NULL AND (size.stock < 0 OR size.stock IS DISTINCT FROM size.counted - size.taken)
    """
