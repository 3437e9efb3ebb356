"""What commission brings: the price list, its versions and their approval, the lines that explain each fen."""

from flask_babel import lazy_gettext as _l

from app.framework.console.columns import Column, Related
from app.framework.manifest import Grant, Manifest, MenuItem
from app.kernel.commission.chain import explain_fee, orders_of_rule
from app.kernel.commission.models import ORDERING_FLOW, VERSION_FLOW
from app.kernel.commission.operations import count_volume
from app.kernel.commission.views import FeeLineView, FeeRuleView, FeeVersionView
from app.kernel.ledger import chain, lookups

chain.register(explain_fee)
lookups.register(orders_of_rule)

manifest = Manifest(
    name="commission",
    title=_l("费率"),
    order=50,
    flows=(VERSION_FLOW, ORDERING_FLOW),
    handlers={"order_completed": (count_volume,)},
    fields={"fee_rule_version.ppm": Column("ppm", _l("费率"), kind="percent"), "fee_rule_version.fen": Column("fen", _l("每件"), kind="money")},
    words={"fee_rule.proposed": _l("提出新费率"), "fee_rule.added": _l("加规则"), "fee_ordering.proposed": _l("提出新顺序")},
    views=(FeeRuleView, FeeVersionView, FeeLineView),
    grants=(
        Grant("Finance", "commission.rules", ("*",)),
        Grant("Finance", "commission.versions", ("*",)),
        Grant("Finance", "commission.lines", ("*",)),
        Grant("Operator", "commission.rules", ("list", "show")),
        Grant("Owner", "commission.lines", ("*",)),
    ),
    related={"commission.versions": (Related(FeeLineView, "rule_version_id"),)},
    menu=(
        MenuItem("commission.rules", "FeeRuleView.list", _l("费率规则"), "scale", _l("财务"), 230),
        MenuItem("commission.versions", "FeeVersionView.list", _l("费率版本"), "scale", _l("财务"), 235),
        MenuItem("commission.lines", "FeeLineView.list", _l("费用明细"), "list", _l("财务"), 240),
    ),
)
