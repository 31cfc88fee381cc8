"""The context window: what a request leaves out when it does not fit, and /context."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from chat.base.errors import BadInput, TemperaError
from chat.base.short import several
from chat.conversation.body import Carried
from chat.conversation.branch import Branch
from chat.conversation.turn import COMPLETE
from chat.endpoint.target import Target
from chat.parameters.settings import differences
from chat.session import breakdown, overflow
from chat.session.overflow import ASK, DROP, SEND, SUMMARISE, Fit
from chat.session.state import Session

from ..asking import ask
from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..turns import number_of

#: What a summary has no use for.
_NOT_FOR_SUMMARIES = (
    "n",
    "stop",
    "bias",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "modalities",
    "audio",
    "prediction",
    "messages",
)


def make_room(session: Session, screen: Screen, target: Target, asked: Branch, prefill: str = "") -> bool:
    """Decide whether the request for this branch is sent. It is, if it fits, if something is left out from
    now on so that it does, or if the person or the profile wants it sent anyway. Say what was decided, and
    why nothing is sent."""
    try:
        carried = session.carried(asked, prefill, target.settings)
        fit = overflow.fit(session, target, asked, carried)
        if fit is None or not fit.over:
            return True
        habit = target.settings.get("overflow") or ASK
        if habit == SEND:
            screen.warn(f"{fit}; it is sent as it is (overflow send)")
            return True
        after = overflow.cut(session, target, asked, carried, fit)
        if after is None:
            return _alone(screen, fit)
        screen.warn(str(fit))
        if habit == ASK:
            habit = _chosen(session, screen, asked, carried, fit, after)
        if habit == DROP:
            _leave_out(session, screen, after)
        elif habit == SUMMARISE:
            room = overflow.summary_room(fit.window)
            after = overflow.cut(session, target, asked, carried, fit, room) or after
            return summarise(session, screen, target, after, check=False)
    except TemperaError as error:
        screen.fail(error.message, error.hint)
        return False
    except KeyboardInterrupt:
        return False
    return bool(habit)


def _alone(screen: Screen, fit: Fit) -> bool:
    """Say that the last message does not fit even by itself; give whether it is to be sent all the same."""
    if not screen.interactive:
        screen.fail(str(fit), "a shorter message, a lower max_tokens, or -s overflow=send")
        return False
    screen.warn(str(fit), "nothing that was said before could make room for it")
    return screen.confirm("send it all the same?")


def _chosen(
    session: Session, screen: Screen, asked: Branch, carried: Carried, fit: Fit, after: Branch
) -> str:
    """Return what the person wants done, or "" for nothing."""
    if not screen.interactive:
        screen.fail(
            "nothing was sent", "-s overflow=drop leaves out the oldest turns, overflow=send does not"
        )
        return ""
    count = len(session.conversation.path(after)) - len(session.conversation.path(carried.after))
    turns = "the oldest turn" if count == 1 else f"the oldest {count} turns"
    ways = (
        (DROP, f"leave {turns} out of requests (nothing is deleted)"),
        (SUMMARISE, "have them summarised by the model, to be sent in their place"),
        (SEND, "send it all the same"),
    )
    picked = screen.choose("what now?", [text for _, text in ways])
    return "" if picked is None else ways[picked][0]


def _leave_out(session: Session, screen: Screen, after: Branch) -> None:
    session.conversation.after = after
    session.store.leave_out(session.conversation)
    screen.say(f"{overflow.left_out(session.conversation)}; /context all takes it back in", dim=True)


def summarise(session: Session, screen: Screen, target: Target, after: Branch, check: bool = True) -> bool:
    """Let the model summarise the branch up to `after`, and send the summary in its place from now on.
    Return whether that is so now. The summary is shown. Unless the profile always summarises, the person
    decides whether to use it, and may edit it first. The request for it is a turn like any other."""
    conversation = session.conversation
    before = conversation.after, conversation.summary
    habit = target.settings.get("overflow") == SUMMARISE
    text = ""
    try:
        text = _summary(session, screen, target, after)
        if text and not (habit and not check) and screen.interactive:
            text = _edited(screen, text)
    finally:
        if not text:
            conversation.after, conversation.summary = before
    if not text:
        screen.say("no summary is used; nothing was sent", dim=True)
        return False
    conversation.after, conversation.summary = after, text
    session.store.leave_out(session.conversation)
    screen.say(f"{overflow.left_out(conversation)}; /context edit changes it", dim=True)
    return True


def _summary(session: Session, screen: Screen, target: Target, after: Branch) -> str:
    """Let the model summarise, part after part if the text is too long for one request. Return "" if it
    fails."""
    conversation = session.conversation
    window = target.server.find_window(target.model) or 1 << 30
    room = overflow.summary_room(window)
    settings = target.settings
    for name in _NOT_FOR_SUMMARIES:
        settings = settings.unset(name)
    known = [name for name in ("max_completion_tokens", "max_tokens") if settings.get(name) is not None]
    limit = "max_completion_tokens" if target.endpoint.is_openai else "max_tokens"
    settings = settings.set((known or [limit])[0], room)
    for change in differences(target.settings, settings):
        screen.say(f"for the summary: {change}", dim=True)
    asking = replace(target, settings=settings)
    carried = session.carried(after, settings=settings)
    for end in list(overflow.to_summarise(session, asking.model, after, carried, window)):
        screen.say("the model is asked for a summary:", dim=True)
        wish = overflow.INSTRUCTION.format(words=room // 2)
        turn = ask(session, screen, asking, end.add("user", wish), move=False)
        if turn is None or turn.answer.ended != COMPLETE or not turn.choice.text.strip():
            if turn and turn.answer.error:
                screen.fail(turn.answer.error.message, turn.answer.error.hint)
            return ""
        conversation.after, conversation.summary = end, turn.choice.text.strip()
    return conversation.summary


def _edited(screen: Screen, text: str) -> str:
    """Give the summary as the person lets it be used; "" for not at all."""
    picked = screen.choose("use it?", ("yes", "edit it first", "no"))
    if picked == 1:
        return (screen.edit(text) or "").strip()
    return text if picked == 0 else ""


_ACTIONS = (
    ("all", "leave nothing out"),
    ("drop", "leave out the oldest turn, or the oldest n"),
    ("summarise", "let the model summarise all but the last turn"),
    ("edit", "the summary"),
)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    known = session.conversation
    possible = {
        "all": bool(known.after.length),
        "drop": bool(_ends(session)),
        "summarise": False,  # it asks the model: nothing to be offered lightly
        "edit": bool(known.summary),
    }
    yield from offer(typed, [pair for pair in _ACTIONS if possible[pair[0]]])


def _ends(session: Session) -> list[Branch]:
    """Tell where requests may begin later than they do."""
    after = session.conversation.after
    found = [node for node in overflow.ends(session.branch.add("user", "")) if node.length > after.length]
    return found or []


@command(Argument("action", _suggest, optional=True, rest=True, usage="all|drop [n]|summarise|edit"))
def context(session: Session, screen: Screen, text: str | None) -> None:
    """Show how full the model's window is, and choose what requests leave out.

    /context all         requests carry the whole conversation again
    /context drop [n]    they leave out the oldest turn, or the oldest n; nothing is deleted
    /context summarise   the model sums up all but the last turn, to be sent in its place
    /context edit        the summary, in your editor
    A request that does not fit is held back and asks; /overflow chooses for good.
    """
    conversation = session.conversation
    action, _, rest = (text or "").partition(" ")
    if not action:
        _show(session, screen)
    elif action == "all" and not rest:
        conversation.after, conversation.summary = Branch(), ""
        session.store.leave_out(session.conversation)
        screen.say("requests carry the whole conversation")
    elif action == "drop":
        count, there = number_of(rest.strip()) if rest else 1, _ends(session)
        if count > len(there):
            turns = several(len(there), "turn")
            raise BadInput(f"only {turns} could be left out" if there else "nothing to leave out")
        _leave_out(session, screen, there[count - 1])
    elif action == "summarise" and not rest:
        there = _ends(session)
        if len(there) < 2:
            raise TemperaError("there is too little to sum up: all but the last turn would be")
        summarise(session, screen, session.target(), there[-2])
    elif action == "edit" and not rest:
        edited = screen.edit(conversation.summary)
        if edited is None or not edited.strip():
            raise BadInput("the summary is as it was", "/context all sends everything again")
        conversation.summary = edited.strip()
        session.store.leave_out(session.conversation)
    else:
        raise BadInput(f"/context does not know {text}", "it knows all, drop, summarise and edit")


def _window(session: Session) -> int | None:
    """Return the window of the model in force. May ask the server for it."""
    with contextlib.suppress(TemperaError):
        return session.server.find_window(session.model)
    return None


def _show(session: Session, screen: Screen) -> None:
    conversation = session.conversation
    window = _window(session)
    prompt = session.next_prompt()
    size = session.sizes.find(prompt)
    share = f" of {window:,}, {size.tokens / window:.0%}" if window else "; the model's window is not known"
    screen.say(f"the next request has {size} tokens{share}, before what you type")
    if not size.exact and (count := breakdown.uncounted(prompt)):
        what = several(count, "attachment")
        screen.say(f"{what} not in it: nothing is published of what that takes of {session.model}")
    screen.say(overflow.left_out(conversation) or "nothing is left out")
    if conversation.summary and conversation.after.length:
        screen.say(f"the summary: {conversation.summary}", dim=True)
