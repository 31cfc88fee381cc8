"""What is typed after /eval, and after `shell.py eval`: one declaration for both."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from chat.base.errors import BadInput
from chat.base.near import nearest
from chat.transfer.evals_written import FORMS

#: Options that name a file which a run leaves, with what it is.
OUTPUTS = {
    "junit": "JUnit's XML, which CI systems show",
    "csv": "a table: a row for each case",
    "html": "a report to look at: one file, no network",
    "promptfoo": "promptfoo's results file",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        message = message.removeprefix("argument ").replace(": expected one argument", " wants a value")
        raise BadInput(message, f"/help {self.prog.lstrip('/')} tells what it takes")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise BadInput((message or "that is no evaluation").strip())


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of an evaluation."""
    what = parser.add_argument_group("how it runs")
    what.add_argument("--repeat", type=_whole, metavar="N", help="answers to each case in each column")
    what.add_argument("--limit", type=_whole, metavar="N", help="only the first N cases")
    what.add_argument("--filter", metavar="TEXT", help="only cases in whose description or variables TEXT is")
    what.add_argument("--prompts", metavar="NAMES", help="these prompts, with commas: support, support@1f3a")
    what.add_argument("--profiles", metavar="NAMES", help="each column with each of these profiles")
    what.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="GRID",
        help="each column with each of these values, as /sweep takes them; may be repeated",
    )
    what.add_argument("--judge", metavar="NAME", default="", help="the profile, or the model, that judges")
    what.add_argument("--rate", metavar="RATE", help="ceilings: requests=500/min,tokens=200k/min,at_once=64")
    what.add_argument("--max-cost", type=_dollars, metavar="DOLLARS", help="stops before it costs more")
    what.add_argument(
        "--reuse", action="store_true", help="takes answers of earlier runs to the same request"
    )
    what.add_argument(
        "--batch", action="store_true", help="sends them by the provider's Batch API, and comes back at once"
    )
    what.add_argument("--failed", action="store_true", help="go on: asks only again what failed")
    what.add_argument(
        "--allow-python", action="store_true", help="runs the file's Python, apart from the shell"
    )
    outputs = parser.add_argument_group("what it leaves")
    for name, help in OUTPUTS.items():
        outputs.add_argument(f"--{name}", metavar="FILE", help=help)
    outputs.add_argument("--against", metavar="RUN|FILE", help="compares with another run, case by case")
    outputs.add_argument(
        "--min-pass", type=_share, metavar="SHARE", help="the least that has to pass: 0.95, 95%%"
    )


def add_form(parser: argparse.ArgumentParser) -> None:
    """Declare what `write` takes."""
    written = parser.add_argument_group("what write makes")
    written.add_argument(
        "--as",
        dest="form",
        metavar="FORM",
        type=_form,
        help="; ".join(f"{name}: {what}" for name, what in FORMS.items()),
    )


def parser(command: str = "/eval") -> argparse.ArgumentParser:
    """Make the parser of what follows /eval, or a command beside it."""
    made = _Parser(prog=command, add_help=False, allow_abbrev=False)
    made.add_argument("words", nargs="*")
    add(made)
    return made


def read(words: Sequence[str]) -> argparse.Namespace:
    """Read what follows /eval. Raises BadInput."""
    made = parser()
    add_form(made)
    found: argparse.Namespace = made.parse_intermixed_args(list(words))
    return found


def refuse_more(words: argparse.Namespace, action: str, known: Sequence[str]) -> None:
    """Raise BadInput for an option that an action has no use for."""
    for action_ in parser()._actions:
        given = getattr(words, action_.dest)
        if action_.option_strings and action_.dest not in known and given != action_.default:
            raise BadInput(f"{action_.option_strings[0]} does not go with {action}", "it is for runs")


def _form(text: str) -> str:
    if text not in FORMS:
        near = nearest(text, FORMS)
        more = f"; did you mean {near}?" if near else f": {', '.join(FORMS)}"
        raise argparse.ArgumentTypeError(f"{text} is no form that is written{more}")
    return text


def _whole(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) < 10 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number, 1 or more")
    return number


def _dollars(text: str) -> float:
    try:
        amount = float(text.strip().removeprefix("$").replace(",", ""))
    except ValueError:
        amount = -1
    if not 0 < amount < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no amount in dollars: 0.50")
    return amount


def _share(text: str) -> float:
    try:
        share = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share from 0 to 1, or percentage")
    return share


Words = argparse.Namespace
Value = Any
