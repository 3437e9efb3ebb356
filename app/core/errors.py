"""What a refusal is: a code for programs, a sentence for people, an HTTP status, and the field at fault.

Every refusal of the product is a small subclass at the top of the file that raises it. The sentence is a lazy message of
the catalogue, so one refusal speaks Chinese and English; its placeholders are the keyword arguments.
"""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

REGISTRY: dict[str, type[Refusal]] = {}


class Refusal(Exception):
    """An operation refused, and nothing changed. Subclasses set `code`, `status`, `sentence`.

    `advice` says what to do about it on a page, where the words for the status would mislead.
    `field` names the input at fault (dotted path); `errors` may carry several `{"field", "code", "message"}`.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    sentence: ClassVar[Any] = _l("这个操作没有做成")
    advice: ClassVar[Any] = ""

    def __init__(self, *, field: str | None = None, errors: list[dict[str, Any]] | None = None, **values: Any) -> None:
        super().__init__(self.code)
        self.field = field
        self.errors = errors or []
        self.values = values

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            known = REGISTRY.setdefault(cls.code, cls)
            if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
                raise TypeError(f"two refusals share the code {cls.code}: {known.__qualname__} and {cls.__qualname__}")

    def __str__(self) -> str:
        return str(self.sentence) % self.values if self.values else str(self.sentence)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """Each field at fault with its code and sentence; the refusal itself, when it lists none."""
        return self.errors or [{"field": self.field, "code": self.code, "message": str(self)}]

    def in_language(self, locale: str) -> str:
        """The sentence in `zh` or `en`, whatever the reader's language is."""
        with force_locale(locale):
            return str(self)


class NotFound(Refusal):
    """There is no such thing, or none that this actor may know of: the answer is the same."""

    code = "not_found"
    status = 404
    sentence = _l("没有找到，可能已删除，或不在你能看的范围里")


class Forbidden(Refusal):
    """The actor lacks the right named `right`."""

    code = "forbidden"
    status = 403
    sentence = _l("你没有“%(right)s”的权限，找管理员开通")


class Invalid(Refusal):
    """The input does not fit; `errors` lists each field with its own sentence."""

    code = "invalid"
    status = 422
    sentence = _l("有几项填得不对，改好再提交")


class Conflict(Refusal):
    """Somebody else changed the record since the caller read it."""

    code = "conflict"
    status = 409
    sentence = _l("这条记录刚被别人改过，看一下新的内容再提交")


class OutOfScope(Refusal):
    """A write touched a row that belongs to another party."""

    code = "out_of_scope"
    status = 403
    sentence = _l("这条记录不属于你的商户")
