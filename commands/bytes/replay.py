"""/replay: a stored request once more, byte for byte, and whether the answer is the same."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import partial

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput, NoTokenizer, StoreFailed, TemperaError
from chat.base.escapes import quote
from chat.base.near import nearest
from chat.base.short import shorten
from chat.base.tables import Cut, TableColumn
from chat.conversation.branch import new_id
from chat.conversation.events import Event
from chat.conversation.experiment import PROBE, REPLAY, Experiment, turns_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, FAILED, Answer, Turn
from chat.conversation.wire import Exchange
from chat.endpoint.target import Target
from chat.evaluation.results import ExperimentRef
from chat.lab import replay as replays
from chat.lab import runner
from chat.lab.grid import MOST_BY_BATCH
from chat.lab.replay import Divergence
from chat.session.sending import Prepared
from chat.session.state import Session

from ..asking import opened
from ..counts.budget import within
from ..declare import Argument, Suggestion, command
from ..endpoint.start import ensure_embedded
from ..experiments import running
from ..experiments.running import BATCH, BATCH_NOTE, Lines
from ..screen import Screen
from ..shaped import report, wanted
from .recorded import recorded, suggest_recorded

MOST = 100
#: From so many requests on a person is asked first.
_MANY = 10
_CONTEXT = 12  # tokens before the first that differs


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest turns, then the option."""
    last = typed.rpartition(" ")[2]
    start = len(typed) - len(last)
    if start == 0 and not last.startswith("-"):
        yield from suggest_recorded(session, typed)
    if BATCH not in typed.split()[:-1] and BATCH.startswith(last):
        yield Suggestion(BATCH, BATCH_NOTE, start)


@command(Argument("n", _suggest, optional=True, rest=True, usage=f"n] [times] [{BATCH}"))
def replay(session: Session, screen: Screen, text: str | None) -> None:
    """Send a stored request again, byte for byte, and say whether the same answer comes.

    /replay        that of the newest turn; the answer is a turn of its own
    /replay 3      that of turn 3, to where it went; 3.2 is its second request
    /replay 3 10   ten times, one after another: how often each answer came
    /replay x10    that of the newest turn, ten times
    /replay 3 500 --batch   by the provider's Batch API, without its stream
    Whole answers are compared. Where they part is told by the tokens of their log
    probabilities, if both have them; else by the model's tokeniser, else by words.
    """
    where, count, by_batch = _read(text or "")
    found = recorded(session, where or _newest(session))
    place, exchange = found.one()
    settings = replays.settings_of(session, found.turn)
    if by_batch:
        from ..experiments import batch_cells

        batch_cells.refuse(session, settings)
    target = session.target(settings)
    ensure_embedded(target.endpoint, screen)
    request = replays.prepare(target, found.turn, exchange)
    if not by_batch and not _may(session, screen, request, count):
        return
    about = f"/replay {found.name(place)}" + (f" {count}" if count > 1 else "")
    cells = [
        runner.cell_of(f"again {number}" if count > 1 else "again", {}) for number in range(1, count + 1)
    ]
    planned = runner.planned(session, REPLAY, found.turn.request.asked, cells, about, settings=settings)
    if by_batch:
        all_ = {cell: _cell(request, planned.id, cell) for cell in range(count)}
        batch_cells.out(session, screen, planned, all_, found.turn.id, place)
        return
    begun = runner.keep(session, planned)
    told = _Told(session, screen, session.conversation, found.turn, exchange, count, target)
    requests = ((cell, _cell(request, begun.id, cell)) for cell in range(count))
    shown = partial(_Alone, session, screen, request) if count == 1 else partial(Lines, screen)
    turns = running.run(session, screen, requests, shown, told.over, at_once=1)
    told.conclude(list(turns.values()))


def _read(text: str) -> tuple[str, int, bool]:
    """Read what follows /replay: give (which turn, how often, whether by a batch). Raises BadInput."""
    words = text.split()
    options = [word for word in words if word.startswith("-")]
    for option in options:
        if option.lower() != BATCH:
            near = f"; did you mean {BATCH}?" if nearest(option.lower(), [BATCH]) else ""
            raise BadInput(f"/replay has no option {option}{near}")
    words = [word for word in words if not word.startswith("-")]
    if len(words) > 2:
        raise BadInput(f"/replay does not know what to do with {shorten(words[2])}", "usage: " + replay.usage)
    if len(words) == 1 and words[0][:1] in "xX":
        words.insert(0, "")
    where, times = [*words, "", ""][:2]
    return where, _times(times or "1", MOST_BY_BATCH if options else MOST), bool(options)


def _times(text: str, most: int) -> int:
    digits = text.lower().strip("x")
    if not digits.isdecimal() or len(digits) > 6 or not 1 <= int(digits) <= most:
        raise BadInput(
            f"{text} is not a number of times from 1 to {most:,}",
            f"with {BATCH} up to {MOST_BY_BATCH:,}" if most < MOST_BY_BATCH else "",
        )
    return int(digits)


def _newest(session: Session) -> str:
    """Return the number of the newest turn that is neither a replay nor part of a probe."""
    known = session.conversation.experiments
    for number in range(len(session.turns), 0, -1):
        made = known.get(session.turns[number - 1].request.experiment)
        if made is None or made.kind not in (REPLAY, PROBE):
            return str(number)
    return ""


def _may(session: Session, screen: Screen, request: Prepared, count: int) -> bool:
    """Tell whether so many may be sent."""
    if not within(session, screen, [request] * count):
        return False
    return count < _MANY or not screen.interactive or screen.confirm(f"send {count} requests?")


def _cell(request: Prepared, number: int, cell: int) -> Prepared:
    return replace(request, request=replace(request.request, id=new_id(), experiment=number, cell=cell))


class _Alone:
    """Shows the one answer as that of a message, with the beginning that was sent along."""

    def __init__(self, session: Session, screen: Screen, request: Prepared) -> None:
        body, prefill = request.body, request.request.carried.prefill
        shaped = wanted(body.get("response_format"))
        self._display = opened(session, screen, body.get("n") or 1, bool(body.get("stream")), prefill, shaped)
        self._answer = Answer(ended=FAILED)

    def feed(self, cell: int, event: Event) -> None:
        self._display.feed(event)

    def done(self, cell: int, answer: Answer) -> None:
        self._answer = answer

    def close(self) -> None:
        self._display.close(self._answer)


@dataclass
class _Told:
    """What a person is told of it. `replayed` is the turn whose request it is, as it was `stored`; `target`
    is None where nothing in force leads there."""

    session: Session
    screen: Screen
    conversation: Conversation
    replayed: Turn
    stored: Exchange
    count: int
    target: Target | None
    by_batch: bool = False
    _cuts: bool = True
    _came: dict[int, tuple[Answer, Divergence | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._original = replays.came(self.stored)
        self._number = self._numbers()[self.replayed.id]

    def _numbers(self) -> dict[int, int]:
        return {turn.id: number for number, turn in enumerate(self.conversation.turns, 1)}

    def over(self, cell: int, turn: Turn) -> None:
        exchanges = self.session.store.wire(turn)
        if not exchanges or exchanges[-1].status != 200 or turn.answer.ended != COMPLETE:
            if self.count > 1 and not self.by_batch:
                self.screen.say(f"{cell + 1} of {self.count}: {_why(turn)}")
            return
        if not self.by_batch and any(each.body != self.stored.body for each in exchanges):
            self.screen.warn("what went out is not byte for byte what is stored")
        answer = replays.came(exchanges[-1])
        apart = replays.difference(self._original, answer, self._cut) if self._original.answered else None
        self._came[cell] = answer, apart
        if self.count > 1 and not self.by_batch:
            self.screen.say(f"{cell + 1} of {self.count}: {self._same(apart)}", dim=True)

    def _cut(self, text: str) -> Sequence[str]:
        if not self._cuts or self.target is None:
            raise NoTokenizer("nothing knows the tokens here")
        target = self.target
        self._cuts = False  # a server that knows none is asked once
        found = self.session.words.tokens(
            text, self.replayed.request.model, target.endpoint.base_url, target.client()
        )
        if not found.pieces and text:
            raise NoTokenizer(f"{found.source}: it does not say how it cuts texts")
        self._cuts = True
        return found.pieces

    def _same(self, apart: Divergence | None) -> str:
        stored = f"turn {self._number}"
        if not self._original.answered:
            return f"{stored} had no answer to compare with"
        if apart is None:
            return f"the same answer as {stored}"
        which = f"choice {apart.choice + 1}: " if len(self._original.choices) > 1 else ""
        unit = "word" if apart.how == replays.BY_WORDS else "token"
        if self._went_no_further(apart):
            return f"{which}the same as far as {stored} went, which was cut off before {unit} {apart.place}"
        if apart.how:
            one, other = (quote(each) if each else "its end" for each in (apart.one, apart.other))
            of = "" if apart.what == "text" else f" of the {apart.what}"
            return f"{which}other from {unit} {apart.place}{of} on: {one} → {other} ({apart.how})"
        if apart.what == "choice":
            return f"choice {apart.choice + 1} was {apart.one}, and now is {apart.other}"
        return f"{which}the same text, but its {apart.what}: {shorten(apart.one)} → {shorten(apart.other)}"

    def _went_no_further(self, apart: Divergence) -> bool:
        """Tell whether they part where the stored answer was interrupted or broke off."""
        ended = self.replayed.answer.ended
        if ended == COMPLETE:
            return False
        return not apart.one if apart.how else apart.what == "finish reason"

    # ---- at the end

    def conclude(self, turns: Sequence[Turn]) -> None:
        screen = self.screen
        if not turns:
            raise TemperaError("nothing was sent")
        sent = "sent again" if len(turns) == 1 else f"sent {len(turns):,} times"
        if self.by_batch:
            left_out = ", without its stream" if json.loads(self.stored.body).get("stream") else ""
            screen.say(f"{sent} by a batch{left_out}")
        else:
            screen.say(f"{sent}, byte for byte: {len(self.stored.body):,} bytes")
        if self.count == 1:
            self._conclude_one(turns[0])
        else:
            self._conclude_many(turns)
        numbers = self._numbers()
        first, last = numbers[turns[0].id], numbers[turns[-1].id]
        which = f"turn {first}" if len(turns) == 1 else f"turns {first} to {last}"
        screen.say(f"kept as {which}; /diff {self._number} {first}, /switch {first} goes on there", dim=True)

    def _conclude_one(self, turn: Turn) -> None:
        if turn.answer.error:
            self.screen.fail(turn.answer.error.message, turn.answer.error.hint)
        if 0 not in self._came:
            return
        answer, apart = self._came[0]
        self.screen.say(self._same(apart))
        if apart and apart.how and not self._went_no_further(apart):
            before = ("…" if len(apart.same) > _CONTEXT else "") + "".join(apart.same[-_CONTEXT:])
            pieces = [(before, ""), (apart.one, "-"), (apart.other, "+")]
            self.screen.changes([piece for piece in pieces if piece[0]])
        self.screen.say(_fingerprints([self._original, answer]))
        report(self.screen, turn)

    def _conclude_many(self, turns: Sequence[Turn]) -> None:
        groups: dict[tuple[object, ...], list[int]] = {}
        for cell, (answer, _) in self._came.items():
            groups.setdefault(replays.said(answer), []).append(cell)
        rows = []
        for cells in sorted(groups.values(), key=lambda cells: (-len(cells), cells[0])):
            answer, apart = self._came[cells[0]]
            rows.append((len(cells), self._where(apart), shorten(_text(answer), 120)))
        if rows:
            beside = TableColumn(f"beside turn {self._number}")
            self.screen.table(
                (TableColumn("times", right=True), beside, TableColumn("answer", cut=Cut.LONG)), rows
            )
            self.screen.say(_fingerprints([self._original, *(answer for answer, _ in self._came.values())]))
        if len(self._came) < len(turns):
            self.screen.say(f"{len(turns) - len(self._came)} of them got no answer")

    def _where(self, apart: Divergence | None) -> str:
        if not self._original.answered:
            return "it had none"
        if apart is None:
            return "the same"
        if self._went_no_further(apart):
            return "the same as far as it went"
        unit = "word" if apart.how == replays.BY_WORDS else "token"
        return f"other from {unit} {apart.place} on" if apart.how else f"other {apart.what}"


def show(
    session: Session, screen: Screen, conversation: Conversation, experiment: Experiment, part: ExperimentRef
) -> None:
    """Show what a replay by a batch brought, as one that was sent directly. Raises StoreFailed."""
    places = turns_of(experiment, conversation.turns)
    turns = {cell: conversation.turns[place] for cell, place in places.items()}
    replayed = next((turn for turn in conversation.turns if turn.id == part.turn), None)
    wire = session.store.wire(replayed) if replayed else ()
    if replayed is None or not 0 < part.exchange <= len(wire):
        raise StoreFailed(f"the request that {experiment.about} has sent again is gone")
    if not turns:
        screen.say(f"{experiment.about} has no answer")
        return
    target = None
    with contextlib.suppress(TemperaError):
        target = session.target(replays.settings_of(session, replayed))
    stored = wire[part.exchange - 1]
    told = _Told(
        session, screen, conversation, replayed, stored, len(experiment.cells), target, by_batch=True
    )
    for cell, turn in turns.items():
        told.over(cell, turn)
    told.conclude(list(turns.values()))


def _text(answer: Answer) -> str:
    """Write as much of the first choice as fits one line."""
    return answer.choices[0].said if answer.choices else ""


def _why(turn: Turn) -> str:
    return turn.answer.error.message if turn.answer.error else turn.answer.ended


def _fingerprints(answers: Sequence[Answer]) -> str:
    """Tell whether the server is the same as before, as far as it says."""
    known = list(dict.fromkeys(answer.fingerprint for answer in answers if answer.answered))
    models = list(dict.fromkeys(answer.model for answer in answers if answer.answered and answer.model))
    if not any(known):
        told = "the server tells no fingerprint"
    elif len(known) == 1:
        told = f"fingerprint unchanged: {known[0]}"
    else:
        told = "fingerprint changed: " + " → ".join(each or "none" for each in known)
    return f"{told}; the model, too: {' → '.join(models)}" if len(models) > 1 else told
