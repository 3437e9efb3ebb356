"""What orders bring: the payment handler, the live board's handler, proof 5."""

from flask_babel import lazy_gettext as _l

from app.framework.console import find
from app.framework.manifest import Manifest
from app.kernel.ledger import chain, lookups
from app.kernel.orders.chain import explain_order, ledger_of_order, numbers_of_orders, orders_numbered_inside
from app.kernel.orders.claims import claims_of_order
from app.kernel.orders.finder import find_orders
from app.kernel.orders.home import TurnoverCard, TurnoverChart
from app.kernel.orders.models import Order
from app.kernel.orders.operations import take_payment, tell_moved
from app.kernel.orders.proofs import ClosedOrdersAreEmpty, EscrowFollowsOrders, NothingBetweenOrders, OrdersAreShared
from app.kernel.sharing import claims

claims.register("order", claims_of_order)
find.register(find_orders)
chain.register(explain_order)
lookups.register(orders_numbered_inside)
lookups.name_orders(numbers_of_orders)

manifest = Manifest(
    name="orders",
    title=_l("订单"),
    order=60,
    handlers={"payment_succeeded": (take_payment,), "record_moved": (tell_moved,)},
    leads={Order: (ledger_of_order,)},
    home=(TurnoverCard, TurnoverChart),
    checks=(EscrowFollowsOrders, OrdersAreShared, ClosedOrdersAreEmpty, NothingBetweenOrders),
)
