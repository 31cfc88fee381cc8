"""Reckon the formula of a grader of the kind `multi`: numbers, names, the four operations and six functions.

It is parsed as Python's and never run: what it is made of is read node by node.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

_LONGEST, _DEEPEST = 2000, 60
_LARGEST = 1e100
_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
#: The functions that OpenAI's guide names, and how many numbers each takes.
_FUNCTIONS: dict[str, tuple[Callable[..., float], int, int]] = {
    "min": (min, 2, 100),
    "max": (max, 2, 100),
    "abs": (abs, 1, 1),
    "floor": (math.floor, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "exp": (math.exp, 1, 1),
    "sqrt": (math.sqrt, 1, 1),
    "log": (math.log, 1, 1),
}


class Unsound(ValueError):
    """A formula that can't be reckoned: a sentence on why."""


def reckoned(formula: str, names: Mapping[str, float]) -> float:
    """Give what a formula comes to. Raises Unsound."""
    if len(formula) > _LONGEST:
        raise Unsound(f"the formula is longer than {_LONGEST:,} characters")
    try:
        tree = ast.parse(formula.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unsound("the formula can't be read") from None
    try:
        value = _value(tree.body, names, 0)
    except Unsound:
        raise
    except (ArithmeticError, TypeError, ValueError):
        raise Unsound("the formula comes to no number") from None
    if not math.isfinite(value):
        raise Unsound("the formula comes to no number")
    return value


def _value(node: ast.expr, names: Mapping[str, float], depth: int) -> float:
    if depth > _DEEPEST:
        raise Unsound("the formula is nested too deeply")
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _sound(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise Unsound(f"the formula names {node.id}, which is no grader")
        return names[node.id]
    if isinstance(node, ast.Attribute):
        return _value(ast.Name(_dotted(node)), names, depth)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand, names, depth + 1)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = (_value(each, names, depth + 1) for each in (node.left, node.right))
        return _sound(_OPERATIONS[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function, least, most = _FUNCTIONS.get(node.func.id, (None, 0, 0))
        if function is None:
            raise Unsound(f"the formula knows no {node.func.id}(); {', '.join(_FUNCTIONS)} are there")
        if not least <= len(node.args) <= most:
            raise Unsound(f"{node.func.id}() takes another number of values")
        return _sound(function(*(_value(each, names, depth + 1) for each in node.args)))
    raise Unsound("the formula may have numbers, names, + - * / ** and functions, and nothing else")


def _dotted(node: ast.Attribute) -> str:
    """Give the name of a grader that is written with a dot, as `first.score`."""
    if isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    raise Unsound("the formula may have numbers, names, + - * / ** and functions, and nothing else")


def _sound(value: float) -> float:
    value = float(value)
    if not abs(value) <= _LARGEST:
        raise Unsound("the formula comes to no number")
    return value
