"""Every text in a module, as it is written down: what it says, and what it is told of."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def find_literals(source: str) -> Iterator[tuple[int, str]]:
    """Each text with its line; of an f-string its parts, and the whole with braces in place of values."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
