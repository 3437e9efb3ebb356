"""What must say something cannot be made while it says nothing."""

from __future__ import annotations

import pytest

from app.framework.console.home import HomeCard, SpanCard
from app.kernel.ledger.proofs.base import Proof


@pytest.mark.parametrize(("base", "missing"), [(HomeCard, "load"), (SpanCard, "load_span"), (Proof, "check")])
def test_a_class_without_its_one_method_is_refused(base: type, missing: str) -> None:
    half = type("Half", (base,), {"name": "half"})
    whole = type("Whole", (base,), {"name": "whole", missing: lambda *_: []})
    with pytest.raises(TypeError, match=missing):
        half()
    assert getattr(whole(), missing)(None, None) == []
