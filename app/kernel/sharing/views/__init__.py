"""Pages of sharing: the list and the record, what came back, the calendar of freezes, funds models."""

from app.kernel.sharing.views.accounts import ShareAccountView
from app.kernel.sharing.views.freezes import FreezePage
from app.kernel.sharing.views.sharings import ShareReturnView, SharingView

__all__ = ["FreezePage", "ShareAccountView", "ShareReturnView", "SharingView"]
