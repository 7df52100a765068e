"""SandboxFusion's rows: ``id``, ``content``, ``labels``, ``test``, and often ``canonical_solution``.

SandboxFusion gives many benchmarks the same fields. Each benchmark turns them into its own names.
"""

from collections.abc import Mapping
from typing import Any

from sharpen.files.json_text import inner_json


def is_row(row: object) -> bool:
    """Whether a record has SandboxFusion's fields."""
    return isinstance(row, dict) and "content" in row and "labels" in row


def unpacked(row: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever JSON the field holds
    """Return a field that may be JSON in a text.

    Raises:
        ValueError: the text is not JSON.
    """
    value = row[name]
    return inner_json(value) if isinstance(value, str) else value
