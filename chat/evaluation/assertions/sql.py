"""Check that an answer is SQL, and that it keeps to the tables and columns that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import patterns
from .declaration import Found, Held, NotChecked, Type, found, lacking

_LONGEST = 50_000  # characters: a second's work
_DIALECTS = {
    "athena": "athena",
    "bigquery": "bigquery",
    "db2": "",
    "flinksql": "",
    "hive": "hive",
    "mariadb": "mysql",
    "mysql": "mysql",
    "noql": "",
    "postgresql": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "sqlite": "sqlite",
    "transactsql": "tsql",
    "trino": "trino",
}
#: What a reader lets pass and a database does not: promptfoo looks for these, too.
_ALIAS = r"select\s+[A-Za-z_][A-Za-z0-9_]*\s+[A-Za-z_][A-Za-z0-9_]*\s+from"
_FENCE = re.compile(r"```(?:sql)?([^`]+)```")


def _is_sql(held: Held) -> Found:
    return _judged(held, held.text)


def _contains_sql(held: Held) -> Found:
    fence = _FENCE.search(held.text)
    return _judged(held, fence[1].strip() if fence else held.text)


def _judged(held: Held, text: str) -> Found:
    value = held.value or {}
    if not isinstance(value, Mapping):
        raise NotChecked("its value has to be `databaseType`, `allowedTables` and `allowedColumns`")
    kind = str(value.get("databaseType") or "MySQL")
    dialect = _DIALECTS.get(kind.lower())
    if dialect is None:
        raise NotChecked(f"no database {kind} is known; one of {', '.join(_DIALECTS)}")
    if len(text) > _LONGEST:
        raise NotChecked(f"the answer is longer than {_LONGEST:,} characters")
    no = f"it is no SQL of {kind}"
    series = dialect == "mysql" and patterns.searched(r"\bgenerate_series\s*\(", text, "i")
    if text.count("`") % 2 or patterns.searched(_ALIAS, text, "i") or series:
        return found(False, no)
    trees = _trees(text, dialect)
    if not trees:
        return found(False, no)
    tables, columns = _used(trees)
    for used, name in ((tables, "allowedTables"), (columns, "allowedColumns")):
        if name in value:
            stranger = _stranger(used, value[name])
            if stranger:
                return found(False, f"{stranger} is not in {name}")
    return found(True)


def _trees(text: str, dialect: str) -> list[Any]:
    """Read statements; none where it is no SQL."""
    try:
        import sqlglot
        from sqlglot import exp
        from sqlglot.errors import SqlglotError
    except ImportError:
        raise lacking("sqlglot") from None
    import logging

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        trees = [tree for tree in sqlglot.parse(text, read=dialect or None) if tree is not None]
    except SqlglotError:
        return []
    except RecursionError:
        raise NotChecked("it is nested too deeply") from None
    good = exp.Query | exp.DML | exp.DDL | exp.Drop | exp.Alter | exp.Set | exp.Use | exp.TruncateTable
    return trees if all(isinstance(tree, good | exp.Transaction | exp.Show) for tree in trees) else []


def _used(trees: Iterable[Any]) -> tuple[set[str], set[str]]:
    """Give tables and columns as node-sql-parser names them: `select::database::table`."""
    from sqlglot import exp

    tables, columns = set(), set()
    for tree in trees:
        verb = "select" if isinstance(tree, exp.Query) else tree.key
        names = {each.alias_or_name: each.name for each in tree.find_all(exp.Table)}
        hidden = {each.alias for each in tree.find_all(exp.CTE)}
        for each in tree.find_all(exp.Table):
            if each.name not in hidden:
                target = each.parent is tree or each.find_ancestor(exp.Schema) is not None
                own = verb if target or verb == "select" else "select"
                tables.add(f"{own}::{each.db or 'null'}::{each.name}")
        for each in tree.find_all(exp.Column):
            name = "(.*)" if isinstance(each.this, exp.Star) else each.name
            columns.add(f"select::{names.get(each.table, each.table) or 'null'}::{name}")
        if tree.find(exp.Star) is not None:
            columns.add("select::null::(.*)")
    return tables, columns


def _stranger(used: set[str], allowed: Any) -> str:
    """Give the first name that none of the allowed ones fits, each of which is a regular expression."""
    if not isinstance(allowed, list):
        raise NotChecked("what is allowed has to be a list")
    rules = [str(rule) for rule in allowed]
    for rule in list(rules):
        parts = rule.split("::")
        if len(parts) == 3 and parts[1] != "null":
            rules.append(f"{parts[0]}::null::{parts[2]}")
    for name in sorted(used):
        if name not in rules and not any(patterns.searched(f"^{rule}$", name, "i") for rule in rules):
            return name
    return ""


_AGAINST = "nothing, or `databaseType` (MySQL), `allowedTables`, `allowedColumns`: `select::null::orders`"

TYPES = (
    Type("is-sql", _AGAINST, _is_sql, needs=("sqlglot",)),
    Type(
        "contains-sql",
        _AGAINST + "; in a code fence, else the whole answer",
        _contains_sql,
        needs=("sqlglot",),
    ),
)
