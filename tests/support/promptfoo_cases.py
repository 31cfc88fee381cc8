"""Cases that the real promptfoo and this are both asked: assertions, and answers that are held against them.

`python -m tests.support.promptfoo_cases FOLDER` makes tests/chat/evaluation/promptfoo.json of them, where
FOLDER has promptfoo 0.118.17 in node_modules: `npm install --ignore-scripts promptfoo@0.118.17 && npm rebuild
better-sqlite3`, with Node 20. A case that names a difference is one that docs/evaluation.md explains.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "chat/evaluation/promptfoo.json"

Case = dict[str, Any]


def one(kind: str, value: Any, output: Any, differs: str = "", **more: Any) -> Case:
    """Make a case of one assertion. More of it goes by its names; `_response` and the like go beside it."""
    beside = {name[1:]: more.pop(name) for name in list(more) if name.startswith("_")}
    made = {"type": kind, **({} if value is None else {"value": value}), **more}
    response = {"output": output, **beside.pop("response", {})}
    return {"assert": [made], "response": response, **beside, **({"differs": differs} if differs else {})}


def equals() -> Iterator[Case]:
    yield one("equals", "Hello", "Hello")
    yield one("equals", "Hello", "hello")
    yield one("equals", "Hello", "Hello ")
    yield one("equals", "", "")
    yield one("equals", 42, "42")
    yield one("equals", 1.0, "1")
    yield one("equals", 0.1, "0.1")
    yield one("equals", 1e21, "1e+21")
    yield one("equals", 1.5e-7, "1.5e-7")
    yield one("equals", True, "true")
    yield one("equals", {"a": 1, "b": [1, 2]}, '{"b": [1, 2.0], "a": 1}')
    yield one("equals", {"a": 1}, '{"a": "1"}')
    yield one("equals", {"a": True}, '{"a": 1}')
    yield one("equals", [1, 2], "[1, 2]")
    yield one("equals", [1, 2], "[2, 1]")
    yield one("equals", {"a": 1}, "no JSON")
    yield one("not-equals", {"a": 1}, "no JSON", differs="negated")
    yield one("not-equals", "a", "b")
    yield one("not-equals", "a", "a")
    yield one("equals", "naïve 😀", "naïve 😀")
    yield one("equals", "é", "e\u0301")
    yield one("equals", {"a": 1}, {"a": 1})


def contains() -> Iterator[Case]:
    yield one("contains", "ell", "Hello")
    yield one("contains", "ELL", "Hello")
    yield one("contains", 3, "1234")
    yield one("contains", "", "anything")
    yield one("contains", True, "true")
    yield one("contains", "x", "")
    yield one("not-contains", "x", "")
    yield one("icontains", "ELL", "Hello")
    yield one("icontains", "STRASSE", "Straße")
    yield one("icontains", "ÉTÉ", "un été")
    yield one("not-icontains", "ell", "HELLO")
    yield one("contains-any", ["a", "b"], "xbx")
    yield one("contains-any", ["a", "b"], "xyz")
    yield one("contains-any", "a, b", "xbx")
    yield one("contains-any", '"a, b", c', "a, b")
    yield one("contains-any", '"a, b", c', "a")
    yield one("contains-any", [], "x")
    yield one("contains-any", [1, 2], "12")
    yield one("contains-any", 7, "7")
    yield one("not-contains-any", ["a"], "b")
    yield one("icontains-any", "A,B", "xbx")
    yield one("icontains-any", ["Q"], "xbx")
    yield one("contains-all", ["a", "b"], "ab")
    yield one("contains-all", ["a", "b"], "a")
    yield one("contains-all", "a, b", "b a")
    yield one("contains-all", [], "x")
    yield one("not-contains-all", ["a", "b"], "a")
    yield one("icontains-all", ["A", "B"], "ab")
    yield one("icontains-all", "A,c", "ab")
    yield one("starts-with", "He", "Hello")
    yield one("starts-with", "he", "Hello")
    yield one("starts-with", 12, "123")
    yield one("not-starts-with", "Yes", "No")


def regexes() -> Iterator[Case]:
    yield one("regex", r"\d{4}", "in 1999")
    yield one("regex", "^a.c$", "abc")
    yield one("regex", "^a$", "a\n")
    yield one("regex", "^b", "a\nb")
    yield one("regex", "a.b", "a\nb")
    yield one("regex", "a.b", "a\u2028b")
    yield one("regex", r"^\w+$", "naïve")
    yield one("regex", r"^\d$", "٣")
    yield one("regex", r"a\sb", "a\u00a0b")
    yield one("regex", r"\bfoo\b", "a foo b")
    yield one("regex", r"\bï", "naï")
    yield one("regex", "^.$", "😀")
    yield one("regex", "^..$", "😀")
    yield one("regex", "[😀]", "a😀")
    yield one("regex", r"(?<year>\d+)-\k<year>", "12-12")
    yield one("regex", r"(a)(b)?\1", "aa")
    yield one("regex", "[^]", "\n")
    yield one("regex", "[]", "x")
    yield one("regex", "a{,2}b", "a{,2}b")
    yield one("regex", "{", "{")
    yield one("regex", r"\/\-\_", "/-_")
    yield one("regex", r"\u0041\x42\cJ", "AB\n")
    yield one("regex", r"\p{L}", "p{L}")
    yield one("regex", r"[\w.-]+@[\w.-]+\.\w{2,}", "mail me@example.org")
    yield one("regex", r"[[a]", "[")
    yield one("regex", r"(?=.*a)(?=.*b)", "ba")
    yield one("regex", r"(?<!x)y", "xy")
    yield one("regex", "(", "(", differs="pattern")
    yield one("not-regex", "(", "(", differs="pattern")
    yield one("regex", "(?i)hello", "HELLO", differs="pattern")
    yield one("regex", "a++", "aa", differs="pattern")
    yield one("not-regex", r"\d", "none")
    yield one("regex", "", "x")
    yield one("regex", 5, "5")
    yield one("regex", r"\0", "\0")
    yield one("regex", "(a+)+$", "a" * 22 + "b")
    yield one("regex", "^(?:yes|no)$", "yes")
    yield one("regex", r"[\b]", "\b")
    yield one("regex", r"^[^\s]+$", "one-word")


def jsons() -> Iterator[Case]:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    yield one("is-json", None, '{"a": 1}')
    yield one("is-json", None, "[]")
    yield one("is-json", None, "1")
    yield one("is-json", None, '"text"')
    yield one("is-json", None, "NaN")
    yield one("is-json", None, "{'a': 1}")
    yield one("is-json", None, '{"a": 1,}')
    yield one("is-json", None, "")
    yield one("is-json", None, '```json\n{"a": 1}\n```')
    yield one("is-json", None, '{"a": 1, "a": 2}')
    yield one("is-json", None, "1e999")
    yield one("is-json", None, '\ufeff{"a": 1}')
    yield one("is-json", None, '"\t"')
    yield one("is-json", schema, '{"a": 1}')
    yield one("is-json", schema, '{"a": 1.0}')
    yield one("is-json", schema, '{"a": "1"}')
    yield one("is-json", schema, "{}")
    yield one("is-json", "type: object\nrequired: [a]", '{"a": 1}')
    yield one("is-json", json.dumps(schema), "[]")
    yield one("is-json", {"type": "string", "format": "date"}, '"2026-11-30"')
    yield one("is-json", {"type": "string", "format": "date"}, '"30.11.2026"')
    yield one("is-json", {"type": "string", "format": "date-time"}, '"2026-11-30T10:00:00Z"')
    yield one("is-json", {"type": "string", "format": "date-time"}, '"2026-11-30"')
    yield one("is-json", {"type": "string", "format": "email"}, '"a@example.org"')
    yield one("is-json", {"type": "string", "format": "email"}, '"a at example.org"')
    yield one("is-json", {"type": "string", "format": "uri"}, '"https://example.org/x"')
    yield one("is-json", {"type": "string", "format": "uri"}, '"no address"')
    yield one("is-json", {"type": "string", "format": "uuid"}, '"123e4567-e89b-12d3-a456-426614174000"')
    yield one("is-json", {"type": "string", "format": "ipv4"}, '"1.2.3.4"')
    yield one("is-json", {"type": "string", "format": "ipv4"}, '"1.2.3.400"')
    yield one("is-json", {"type": "string", "format": "zipcode"}, '"12345"')
    yield one("is-json", {"type": "array", "items": [{"type": "number"}]}, '["x"]')
    yield one("is-json", {"type": "object", "colour": "red"}, "{}", differs="strict")
    yield one("is-json", {"type": "nonsense"}, "{}")
    yield one("is-json", True, "{}")
    yield one("not-is-json", None, "no JSON")
    yield one("not-is-json", None, "{}")
    yield one("not-is-json", schema, "{}", differs="negated")
    yield one("not-is-json", schema, '{"a": 1}')
    yield one("contains-json", None, 'Here: {"a": 1}.')
    yield one("contains-json", None, "Here: [1, 2].")
    yield one("contains-json", None, "none")
    yield one("contains-json", None, "")
    yield one("contains-json", None, "{a: 1, // why\n b: 2}")
    yield one("contains-json", None, 'cut off {"a": {"b": 1')
    yield one("contains-json", None, "a set {1}")
    yield one("contains-json", None, "}{")
    yield one("contains-json", schema, 'first {"b": 1} then {"a": 2}')
    yield one("contains-json", schema, 'only {"b": 1}')
    yield one("contains-json", schema, "none")
    yield one("not-contains-json", None, "none")
    yield one("not-contains-json", None, "{}")
    yield one("not-contains-json", schema, '{"b": 1}', differs="negated")
    yield one("contains-json", None, '```json\n{"a": {"b": [1]}}\n```')
    yield one("is-json", None, [{"type": "text", "text": "x"}])


def markup() -> Iterator[Case]:
    yield one("is-xml", None, "<a>1</a>")
    yield one("is-xml", None, "<a><b></a>")
    yield one("is-xml", None, "<a>1</a><b/>")
    yield one("is-xml", None, "<a")
    yield one("is-xml", None, "<a b='>'>x</a>")
    yield one("is-xml", None, "<a b='>x</a>")
    yield one("is-xml", None, "text <a/>")
    yield one("is-xml", None, " <a/>")
    yield one("is-xml", None, "<!-- open")
    yield one("is-xml", None, "<![CDATA[ x ]]>")
    yield one("is-xml", None, "<a><![CDATA[ x </a>")
    yield one("is-xml", None, '<?xml version="1.0"?><a/>')
    yield one("is-xml", None, "<a>1 & 2</a>")
    yield one("is-xml", None, "")
    yield one("is-xml", "note.to", "<note><to>x</to></note>")
    yield one("is-xml", "note.from", "<note><to>x</to></note>")
    yield one("is-xml", "note.to, note.body", "<note><to>x</to><body/></note>")
    yield one("is-xml", ["a.b"], "<a><b/><b/></a>")
    yield one("is-xml", ["a.b.c"], "<a><b><c/></b><b/></a>")
    yield one("is-xml", {"requiredElements": ["a"]}, "<a/>")
    yield one("is-xml", {"other": ["a"]}, "<a/>")
    yield one("not-is-xml", None, "plain")
    yield one("not-is-xml", None, "<a/>")
    yield one("contains-xml", None, "see <a>1</a> there")
    yield one("contains-xml", None, "see:<a>1</a>")
    yield one("contains-xml", None, "no tags, 1 < 2 > 0")
    yield one("contains-xml", "a.b", "see <a><b>1</b></a>")
    yield one("contains-xml", "a.c", "see <a><b>1</b></a>")
    yield one("contains-xml", None, "<br/>")
    yield one("is-xml", None, "</a>")
    yield one("is-xml", None, "<>")
    yield one("is-xml", None, "<a/>" * 50)
    yield one("is-xml", None, "<a>" * 150)
    yield one("is-xml", ["a.@_id"], '<a id="1">x</a>')
    yield one("is-xml", ["a.#text"], '<a id="1">x</a>')
    yield one("is-xml", ["?xml", "a"], '<?xml version="1.0"?><a/>')
    yield one("is-xml", "", "<a/>")
    yield one("is-xml", [], "<a/>")
    yield one("is-xml", None, "<!DOCTYPE note [<!ENTITY x 'y'>]><note>&x;</note>")
    yield one("is-xml", None, "<?pi")
    yield one("is-xml", ["a.b"], "<a><b>x</b>")
    yield one("is-xml", ["a.b"], "<a>\n  <b\n c='d'>x</b></a>")
    yield one("is-html", None, "<p>Hello</p>")
    yield one("is-html", None, "<!DOCTYPE html><html><body>Hello</body></html>")
    yield one("is-html", None, "Hello")
    yield one("is-html", None, "Hello <b>you</b>")
    yield one("is-html", None, "<div><p>open")
    yield one("is-html", None, "<unknown>x</unknown>")
    yield one("is-html", None, "<my-element>x</my-element>")
    yield one("is-html", None, "<?xml version='1.0'?><p/>")
    yield one("is-html", None, "")
    yield one("is-html", None, "<!-- only -->")
    yield one("is-html", None, "<script>1</script>")
    yield one("is-html", None, "<tr><td>x</td></tr>")
    yield one("is-html", None, "<font>x</font>")
    yield one("not-is-html", None, "Hello")
    yield one("contains-html", None, "Hello <b>you</b>")
    yield one("contains-html", None, "1 < 2 and 3 > 2")
    yield one("contains-html", None, "fish &amp; chips")
    yield one("contains-html", None, "a line<br>break")
    yield one("contains-html", None, "<!-- x --> &lt;")
    yield one("contains-html", None, "<thing>")
    yield one("contains-html", None, "<thing></thing>")
    yield one("not-contains-html", None, "none")


#: SQL of which two readers think differently.
SQL = {"SELECT a, FROM t": "sql", "GRANT ALL ON t TO me": "sql"}


def sqls() -> Iterator[Case]:
    yield one("is-sql", None, "SELECT id, name FROM users WHERE age > 21")
    yield one("is-sql", None, "SELECT * FROM users;")
    yield one("is-sql", None, "SELECT FROM WHERE")
    yield one("is-sql", None, "hello there")
    yield one("is-sql", None, "", differs="empty")
    yield one("is-sql", None, "INSERT INTO t (a) VALUES (1)")
    yield one("is-sql", None, "UPDATE t SET a = 1 WHERE b = 2")
    yield one("is-sql", None, "DELETE FROM t WHERE a = 1")
    yield one("is-sql", None, "CREATE TABLE t (a INT)")
    yield one("is-sql", None, "DROP TABLE t")
    yield one("is-sql", None, "SELECT a b FROM t")
    yield one("is-sql", None, "SELECT `a FROM t")
    yield one("is-sql", None, "SELECT * FROM generate_series(1, 2)")
    yield one("is-sql", {"databaseType": "PostgreSQL"}, "SELECT * FROM generate_series(1, 2)")
    yield one("is-sql", {"databaseType": "Nothing"}, "SELECT 1", differs="settings")
    yield one("is-sql", {"allowedTables": ["select::null::users"]}, "SELECT id FROM users")
    yield one("is-sql", {"allowedTables": ["select::null::users"]}, "SELECT id FROM secrets")
    yield one("is-sql", {"allowedColumns": ["select::null::id"]}, "SELECT id FROM users")
    yield one("is-sql", {"allowedColumns": ["select::null::id"]}, "SELECT password FROM users")
    yield one("is-sql", {"allowedColumns": ["select::users::id"]}, "SELECT u.id FROM users u")
    yield one(
        "is-sql",
        None,
        "SELECT a FROM t JOIN u ON t.id = u.id GROUP BY a HAVING COUNT(*) > 1 ORDER BY a LIMIT 3",
    )
    yield one("is-sql", None, "WITH x AS (SELECT 1 AS a) SELECT a FROM x")
    yield one("is-sql", "text", "SELECT 1")
    for text in (
        "SELEC * FROM t",
        "SELECT * FROM t WHERE",
        "SELECT a, FROM t",
        "SELECT * FROM",
        "SELECT * FORM t",
        "SELECT (1",
        "SELECT 'open",
        "SELECT 'it''s'",
        "SELECT a FROM t LIMIT 5 OFFSET 2",
        "SELECT DISTINCT a AS b FROM t, u WHERE t.x = u.x",
        "SELECT a FROM (SELECT b AS a FROM t) AS s",
        "SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END FROM t",
        "SELECT a FROM t UNION SELECT b FROM u",
        "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) FROM t",
        "SELECT COUNT(DISTINCT a) FROM t",
        "SELECT 1; SELECT 2;",
        "SELECT 1 -- a comment",
        "SHOW TABLES",
        "ALTER TABLE t ADD COLUMN a INT",
        "TRUNCATE TABLE t",
        "CREATE INDEX i ON t (a)",
        "SELECT TOP 5 * FROM t",
        "Here is it: SELECT 1",
        "GRANT ALL ON t TO me",
        "BEGIN",
        "SELECT a FROM t WHERE b = 'x' AND c IN (1, 2) OR d BETWEEN 1 AND 2",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "1 + 1",
        "users",
    ):
        yield one("is-sql", None, text, differs=SQL.get(text, ""))
    postgres = {"databaseType": "PostgreSQL"}
    yield one("is-sql", postgres, "SELECT a::int FROM t")
    yield one("is-sql", postgres, "SELECT * FROM t WHERE a ILIKE '%x%'")
    yield one("is-sql", postgres, "INSERT INTO t (a) VALUES (1) RETURNING id")
    yield one("is-sql", {"databaseType": "SQLite"}, "SELECT * FROM t WHERE a IS NOT NULL")
    yield one("is-sql", {"databaseType": "TransactSQL"}, "SELECT TOP 5 * FROM t")
    yield one("is-sql", {"databaseType": "BigQuery"}, "SELECT * FROM `a.b.c`")
    yield one("is-sql", {"allowedTables": ["insert::null::t"]}, "INSERT INTO t (a) VALUES (1)")
    yield one("is-sql", {"allowedTables": ["update::null::t"]}, "UPDATE t SET a = 1")
    yield one("is-sql", {"allowedTables": ["select::null::t"]}, "DELETE FROM t")
    yield one("is-sql", {"allowedTables": ["select::null::(a|b)"]}, "SELECT * FROM a JOIN b ON a.x = b.x")
    yield one("is-sql", {"allowedTables": ["select::null::a"]}, "SELECT * FROM a JOIN b ON a.x = b.x")
    yield one("is-sql", {"allowedTables": ["select::shop::orders"]}, "SELECT * FROM shop.orders")
    yield one("is-sql", {"allowedColumns": ["select::null::a"]}, "SELECT * FROM t")
    yield one("is-sql", {"allowedColumns": ["select::null::(.*)"]}, "SELECT * FROM t")
    yield one("is-sql", {"allowedColumns": ["select::null::a"]}, "SELECT a FROM t WHERE b = 1")
    yield one("not-is-sql", {"allowedTables": ["select::null::t"]}, "SELECT * FROM u")
    yield one("not-is-sql", None, "hello there")
    yield one("not-is-sql", None, "SELECT 1")
    yield one("contains-sql", None, "Try this:\n```sql\nSELECT * FROM t\n```")
    yield one("contains-sql", None, "Try this:\n```\nSELECT * FROM t\n```")
    yield one("contains-sql", None, "Try SELECT * FROM t")
    yield one("contains-sql", None, "SELECT * FROM t")


def likenesses() -> Iterator[Case]:
    cat = "the cat sat on the mat"
    yield one("levenshtein", "kitten", "sitting")
    yield one("levenshtein", "kitten", "sitting", threshold=2)
    yield one("levenshtein", "abcdef", "")
    yield one("levenshtein", "a😀b", "ab", threshold=1)
    yield one("levenshtein", "a😀b", "ab", threshold=2)
    yield one("levenshtein", 5, "5")
    yield one("not-levenshtein", "kitten", "sitting", differs="negated")
    yield one("bleu", cat, cat)
    yield one("bleu", cat, "the cat sat on a mat")
    yield one("bleu", cat, "the cat sat on the mat today", threshold=0.8)
    yield one("bleu", [cat, "a cat was on the mat"], "a cat was on the mat")
    yield one("bleu", cat, "the cat", differs="brevity")
    yield one("bleu", cat, "something else entirely here now then")
    yield one("bleu", cat, "", differs="empty")
    yield one("bleu", 5, "5")
    yield one("not-bleu", cat, "something else entirely here now then")
    yield one("gleu", cat, cat)
    yield one("gleu", cat, "The cat sat on the mat.")
    yield one("gleu", cat, "the cat sat")
    yield one("gleu", cat, "a dog ran")
    yield one("gleu", [cat, "a dog ran"], "a dog ran", threshold=0.9)
    yield one("gleu", cat, "the the the the the the")
    yield one("not-gleu", cat, "a dog ran")
    yield one("gleu", cat, "", differs="empty")
    yield one("rouge-n", cat, cat)
    yield one("rouge-n", cat, "the cat sat on a mat")
    yield one("rouge-n", cat, "The Cat Sat On The Mat")
    yield one("rouge-n", "Hello, world!", "Hello world")
    yield one("rouge-n", "I can't say; it's late.", "I can not say: it is late.")
    yield one("rouge-n", cat, "a dog ran", threshold=0.1)
    yield one("not-rouge-n", cat, "a dog ran")
    yield one("rouge-n", cat, "", differs="empty")
    yield one("meteor", cat, cat)
    yield one("meteor", cat, "the cats sat on the mats")
    yield one("meteor", cat, "on the mat sat the cat")
    yield one("meteor", cat, "a dog ran")
    yield one("meteor", [cat, "a dog ran"], "a dog ran")
    yield one("meteor", "running quickly home", "run quick home", threshold=0.8)
    yield one("not-meteor", cat, "a dog ran")
    yield one("meteor", "the car is big", "the automobile is large")
    yield one("meteor", "the auto is red", "the car is red", differs="synonyms")


def measures() -> Iterator[Case]:
    yield one("perplexity", None, "x", threshold=2, _response={"logProbs": [-0.5, -0.1]})
    yield one("perplexity", None, "x", threshold=1.1, _response={"logProbs": [-0.5, -0.1]})
    yield one("perplexity", None, "x", _response={"logProbs": [-3.0]})
    yield one("perplexity", None, "x", threshold=2)
    yield one("not-perplexity", None, "x", threshold=2, _response={"logProbs": [-0.5]}, differs="negated")
    yield one("perplexity-score", None, "x", threshold=0.4, _response={"logProbs": [-0.5, -0.1]})
    yield one("perplexity-score", None, "x", threshold=0.45, _response={"logProbs": [-0.5, -0.1]})
    yield one("perplexity-score", None, "x", _response={"logProbs": [-2.0]})
    yield one("cost", None, "x", threshold=0.01, _response={"cost": 0.002})
    yield one("cost", None, "x", threshold=0.001, _response={"cost": 0.002})
    yield one("cost", None, "x", _response={"cost": 0.002})
    yield one("cost", None, "x", threshold=0.001)
    yield one("latency", None, "x", threshold=500, _latencyMs=200)
    yield one("latency", None, "x", threshold=100, _latencyMs=200)
    yield one("latency", None, "x", threshold=100)
    yield one("latency", None, "x", _latencyMs=200)
    yield one("finish-reason", "stop", "x", _response={"finishReason": "stop"})
    yield one("finish-reason", "STOP", "x", _response={"finishReason": "stop"})
    yield one("finish-reason", "stop", "x", _response={"finishReason": "length"})
    yield one("finish-reason", "stop", "x")
    yield one("not-finish-reason", "stop", "x", _response={"finishReason": "stop"}, differs="negated")
    yield one("is-refusal", None, "I'm sorry, but I can't help with that.")
    yield one("is-refusal", None, "I’m unable to assist.")
    yield one("is-refusal", None, "As an AI, I have no body.")
    yield one("is-refusal", None, "Sure, here it is.")
    yield one("is-refusal", None, "", differs="empty")
    yield one("is-refusal", None, "  I CANNOT say")
    yield one("is-refusal", None, "He said: I cannot recommend it")
    yield one("is-refusal", None, "You won't believe it, I won't recommend it")
    yield one("not-is-refusal", None, "Sure, here it is.")
    yield one("not-is-refusal", None, "Sorry, no.")
    yield one("not-is-refusal", None, "")


def calls() -> Iterator[Case]:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    functions = [{"name": "weather", "parameters": parameters}]
    offered = {"tools": [{"type": "function", "function": functions[0]}], "functions": functions}

    def call(name: str, arguments: str) -> dict[str, Any]:
        return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}

    good = call("weather", '{"city": "Bonn"}')
    tools, function = "is-valid-openai-tools-call", "is-valid-openai-function-call"
    yield one(tools, None, [good], _config=offered)
    yield one(tools, None, [good, good], _config=offered)
    yield one(tools, None, {"content": "let me see", "tool_calls": [good]}, _config=offered)
    yield one(tools, None, [call("weather", "{}")], _config=offered)
    yield one(tools, None, [call("weather", "no JSON")], _config=offered)
    yield one(tools, None, [call("forecast", "{}")], _config=offered)
    yield one(tools, None, "no call", _config=offered)
    yield one(tools, None, [good])
    yield one(f"not-{tools}", None, "no call", _config=offered, differs="negated")
    yield one(function, None, good["function"], _config=offered)
    yield one(function, None, call("weather", "{}")["function"], _config=offered)
    yield one(function, None, call("forecast", "{}")["function"], _config=offered)
    yield one(function, None, "no call", _config=offered)
    yield one("is-valid-function-call", None, good["function"], _config=offered)
    yield one("contains", "Bonn", [good])


def others() -> Iterator[Case]:
    yield one("python", "len(output) > 2", "abc")
    yield one("python", "len(output) / 10", "abc")
    yield one("python", "len(output) / 10", "abc", threshold=0.5)
    yield one("python", "1 / 0", "abc")
    yield one("python", "{'pass': True, 'score': 0.5, 'reason': 'so'}", "abc")
    yield one("python", "x = output\nreturn x == 'abc'", "abc")
    yield one("python", "'true'", "abc")
    yield one("python", "context['vars']['a'] == 1", "abc", _vars={"a": 1})
    yield one("python", "None", "abc", differs="python")
    yield one("javascript", "output.length > 2", "abc", differs="never run")
    yield one("guardrails", None, "abc", differs="never run")
    yield one("no-such-type", "x", "abc")
    yield one("word-count", 2, "two words", differs="newer")
    yield one("tool-call-f1", "weather", "x", differs="newer")


def together() -> Iterator[Case]:
    def several(output: str, *asserts: dict[str, Any], differs: str = "", **more: Any) -> Case:
        made = {"assert": list(asserts), "response": {"output": output}, **more}
        return {**made, **({"differs": differs} if differs else {})}

    yes = {"type": "contains", "value": "a"}
    no = {"type": "contains", "value": "z"}
    half = {"type": "gleu", "value": "a b c", "threshold": 0.1}
    yield several("a b", yes, no)
    yield several("a b", yes, yes)
    yield several("a b", yes, no, threshold=0.5)
    yield several("a b", yes, no, threshold=0.6)
    yield several("a b", yes, no, threshold=0)
    yield several("a b", {**yes, "weight": 3}, no, threshold=0.7)
    yield several("a b", yes, {**no, "weight": 0})
    yield several("a b", {**yes, "weight": 0}, {**no, "weight": 0}, differs="weight")
    yield several("a b", half)
    yield several("a b", half, yes, no, threshold=0.5)
    yield several("a b", {"type": "assert-set", "assert": [yes, no], "threshold": 0.5})
    yield several("a b", {"type": "assert-set", "assert": [yes, no]})
    yield several(
        "a b", {"type": "assert-set", "assert": [yes, no], "threshold": 0.5, "weight": 3}, no, threshold=0.3
    )
    yield several("a b", {"type": "assert-set", "assert": [yes, half], "metric": "m"}, yes)
    yield several("a b", {"type": "assert-set", "assert": [no], "weight": 0}, yes, differs="weight")
    yield several("a b", differs="nothing")
    yield several(
        "a b", {"type": "not-contains", "value": "z"}, {"type": "not-gleu", "value": "a b c"}, threshold=0.4
    )


ROOMS = (equals, contains, regexes, jsons, markup, sqls, likenesses, measures, calls, others, together)


def cases() -> list[Case]:
    return [case for room in ROOMS for case in room()]


def main(folder: str) -> None:
    """Ask promptfoo, and keep what it says."""
    asked = cases()
    told = [{name: value for name, value in case.items() if name != "differs"} for case in asked]
    program = Path(__file__).with_name("promptfoo.cjs")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": folder,
        "PROMPTFOO_CONFIG_DIR": folder,
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
    }
    done = subprocess.run(
        ["node", str(program), folder],
        input=json.dumps(told),
        capture_output=True,
        encoding="utf-8",
        env=environment,
        cwd=folder,  # it writes a log where it runs
        check=True,
    )
    said = json.loads(done.stdout)
    rows = [{**case, "promptfoo": result} for case, result in zip(asked, said["results"], strict=True)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    made = datetime.date.today().isoformat()
    head = f'{{"version": "{said["version"]}", "made": "{made}", "cases": [\n'
    DATA.write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")
    print(f"{len(rows)} cases in {DATA.name}")


if __name__ == "__main__":
    main(sys.argv[1])
