"""What the simulated channel answers when it says no: the code, sentence and HTTP status of the real one."""

from __future__ import annotations


class Refused(Exception):
    """A request refused; nothing changed. `code` is what the merchant's program reads."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def wrong_parameter(name: str, reason: str) -> Refused:
    """400 PARAM_ERROR naming the parameter at fault."""
    return Refused(400, "PARAM_ERROR", f"参数错误：{name} {reason}")


def wrong_request(reason: str) -> Refused:
    """400 INVALID_REQUEST: well-formed, yet not possible as things stand."""
    return Refused(400, "INVALID_REQUEST", reason)
