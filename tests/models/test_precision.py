"""The format of numbers that this processor multiplies quickest."""

import pytest

from sharpen.models import precision

pytest.importorskip("torch", reason="pip install 'sharpen[train]' brings torch")


@pytest.fixture(autouse=True)
def not_measured_yet():
    precision.bfloat16_speedup.cache_clear()
    yield
    precision.bfloat16_speedup.cache_clear()


@pytest.mark.parametrize(("bfloat16", "dtype"), [(1.0, "bfloat16"), (2.9, "float32"), (90.0, "float32")])
def test_bfloat16_is_taken_where_it_is_clearly_quicker(monkeypatch, bfloat16, dtype):
    seconds = {"torch.float32": 3.0, "torch.bfloat16": bfloat16}
    monkeypatch.setattr(precision, "_seconds", lambda torch, dtype: seconds[str(dtype)])
    assert precision.quicker_dtype() == dtype


def test_the_measurement_of_this_machine():
    assert precision.bfloat16_speedup() > 0
    assert precision.bfloat16_speedup() == precision.bfloat16_speedup()
