"""Say what a file of an evaluation would ask and check; write an example of one."""

from __future__ import annotations

from collections.abc import Sequence

from chat.base import files
from chat.base.errors import BadFile, BadInput
from chat.base.places import named
from chat.base.short import several, shorten
from chat.base.tables import Cut, TableColumn, TableRow
from chat.evaluation import plan
from chat.evaluation import suite as suites
from chat.transfer import evals

from ..screen import Screen

#: Rows that are shown of each table.
_MOST = 30
_COLUMNS = (
    TableColumn("column", cut=Cut.LONG),
    TableColumn("asks", cut=Cut.LONG),
    TableColumn("at", cut=Cut.LONG),
    TableColumn("messages", right=True),
)
_KINDS = (TableColumn("expected"), TableColumn("checked", right=True), TableColumn("not checked", right=True))


def check(screen: Screen, names: Sequence[str]) -> None:
    """Say what a file would ask and check, and what of it is not checked. Nothing is sent. Raises BadFile."""
    if not 1 <= len(names) <= 2:
        raise BadInput("it takes a file, and one with the rows of an eval", "/eval check FILE [DATA]")
    suite = evals.read(named(names[0]), named(names[1]) if len(names) == 2 else None)
    found = plan.of(suite)
    columns = several(len(suite.columns), "column") if suite.columns else "what is in force"
    repeat = f" × {suite.repeat}" if suite.repeat > 1 else ""
    cases = several(len(suite.cases), "case")
    screen.say(f"{shorten(suite.name)}: {columns} × {cases}{repeat} = {several(found.answers, 'answer')}")
    _table(screen, _COLUMNS, [_of_column(each) for each in suite.columns])
    kinds = dict.fromkeys((*found.checked, *found.unchecked))
    _table(screen, _KINDS, [(kind, found.checked.get(kind), found.unchecked.get(kind)) for kind in kinds])
    if not kinds:
        screen.say("nothing is expected of the answers: none is checked")
    notes(screen, "not understood", suite.not_understood)
    for note in found.missing[:_MOST]:
        screen.warn(f"{note.place}: {note.why}")


def notes(screen: Screen, what: str, found: Sequence[suites.NotUnderstood]) -> None:
    """Show places of a file, the first of them, with what is said of each."""
    heads = (TableColumn(what, cut=Cut.LONG), TableColumn("why", cut=Cut.LONG))
    _table(screen, heads, [(note.place, note.why) for note in found])


def _of_column(column: suites.Column) -> TableRow:
    names = (f"profile {column.profile}" if column.profile else "", str(column.parameters.get("model") or ""))
    who = " ".join(each for each in names if each) or "what is in force"
    return shorten(column.label), who, column.base_url, len(column.messages)


def _table(screen: Screen, heads: Sequence[TableColumn], rows: Sequence[TableRow]) -> None:
    """Show the first rows, without columns in which nothing stands; nothing where there are none."""
    if not rows:
        return
    used = [place for place in range(len(heads)) if any(row[place] not in ("", None) for row in rows)]
    shown = [tuple(row[place] for place in used) for row in rows[:_MOST]]
    screen.table(tuple(heads[place] for place in used), shown)
    if len(rows) > _MOST:
        screen.say(f"and {several(len(rows) - _MOST, 'more row')}", dim=True)


# ---- an example

NAME = "eval.yaml"
EXAMPLE = """\
# An evaluation: each prompt is asked with each test's variables, and each answer is held against what is
# expected. /eval {name} runs it in the shell, and so does `{command} eval {name}`. promptfoo reads it, too.

description: capitals, asked in two ways

prompts:
  - label: question
    raw: What is the capital of {{{{country}}}}? Answer with its name alone.
  - label: note
    raw: "{{{{country}}}} - capital? Answer in one short sentence."

# Who is asked. Without this, it is the profile, the model and the parameters in force: /set temperature=0
# makes one run much like another.
# providers:
#   - profile:default
#   - id: openai:chat:gpt-4.1-mini
#     config: {{temperature: 0}}

# What is expected of every answer. A test may have an `assert` of its own beside it.
defaultTest:
  assert:
    - type: icontains           # equals, regex, is-json, llm-rubric, …: docs/evaluation.md lists all
      value: "{{{{capital}}}}"

# Both prompts are asked the same cases, so that they can be compared case by case. A dozen shows large
# differences alone: the verdict says which it could have shown. /case add makes one of your last answer.
tests:
  - vars: {{country: France, capital: Paris}}
  - vars: {{country: Japan, capital: Tokyo}}
  - vars: {{country: Egypt, capital: Cairo}}
  - vars: {{country: Peru, capital: Lima}}
  - vars: {{country: Kenya, capital: Nairobi}}
  - vars: {{country: Norway, capital: Oslo}}
  - vars: {{country: Canada, capital: Ottawa}}
  - vars: {{country: Australia, capital: Canberra}}
  - vars: {{country: Vietnam, capital: Hanoi}}
  - vars: {{country: Greece, capital: Athens}}
  - vars: {{country: Chile, capital: Santiago}}
  - vars: {{country: Finland, capital: Helsinki}}
"""


def new(screen: Screen, names: Sequence[str]) -> None:
    """Write a commented example, never over a file that is there. Raises BadFile."""
    from chat.base import started

    path = named(names[0] if names else NAME)
    if path.exists():
        raise BadFile(path, "is there already", hint="/eval new OTHER.yaml writes it elsewhere")
    files.write_whole(path, EXAMPLE.format(command=started.command(), name=path.name))
    screen.say(f"{path} is written: /eval {path} runs it, /eval check {path} tells beforehand what that asks")
