"""What the embedded engine is asked, without a model."""

from dataclasses import replace

import pytest

from sharpen.errors import UsageError
from sharpen.models.llama.model import request_body
from sharpen.types import Sampling


@pytest.mark.parametrize("name", ["temperature", "top_p", "seed"])
def test_an_embedded_model_needs_every_option(name):
    with pytest.raises(UsageError, match="an embedded model needs all of them"):
        request_body("x", replace(Sampling(), **{name: None}), 0)
