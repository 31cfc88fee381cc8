"""What a person types after a slash: one declaration a command, one package for each group of /help.

A command stands in the module that bears its name, or in the one of its family.
Beside the packages stands what runs them all: `line.py` parses what is typed, `dispatch.py` runs it,
`message.py` sends what is no command, `screen.py` is what they may ask of the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .declare import Registry


def registry() -> Registry:
    """Give all commands, in the groups of /help. They load when this is called, after the prompt shows."""
    from .answers import again, pick, play, rate, raw, shape
    from .bytes import replay, request, wire
    from .counts import branch, budget, context, probabilities, tokens, usage
    from .declare import Group, Registry
    from .endpoint import models, probe
    from .experiments import arena, batch, case, compare, dials, learn, plot, sweep, tour
    from .experiments import eval as evaluation
    from .prompts import improve, prompt, var
    from .settings import bias, explain, format, grammar, parameters, profiles, system
    from .shell import alias, help, source
    from .talk import (
        attach,
        attachments,
        branches,
        conversations,
        files,
        history,
        messages,
        open,
    )
    from .tools import tools

    seen: list[Registry] = []
    groups = (
        Group(
            "settings",
            "what a request carries",
            (
                parameters.set_,
                parameters.unset,
                parameters.reset,
                parameters.show,
                explain.explain,
                system.system,
                system.stop,
                format.format_,
                grammar.grammar,
                bias.bias,
                profiles.profile,
            ),
            often=("set", "show", "system", "bias", "profile", "explain"),
        ),
        Group(
            "endpoint",
            "who answers",
            (models.model, models.models, models.key, probe.probe, models.forget),
        ),
        Group(
            "prompts",
            "texts with variables, kept in files",
            (prompt.prompt, var.var, var.vars_, improve.improve),
        ),
        Group("calls", "tools of the model", (tools.tools,)),
        Group(
            "answers",
            "the last one, and another instead",
            (
                pick.pick,
                again.retry,
                again.edit,
                again.undo,
                again.redo,
                again.continue_,
                again.prefill,
                raw.raw,
                raw.copy,
                shape.json_,
                play.play,
                rate.rate,
                rate.note,
            ),
            often=("retry", "edit", "undo", "continue", "pick", "copy"),
        ),
        Group(
            "talk",
            "what was said, on every branch",
            (
                attach.attach,
                attach.look,
                history.history,
                history.redraw,
                messages.messages,
                messages.message,
                attachments.attachments,
                branches.branches,
                branches.fork,
                branches.switch,
                branches.diff,
                conversations.conversations,
                conversations.resume,
                conversations.search,
                conversations.title,
                conversations.clear,
                conversations.delete,
                files.export,
                files.import_,
                open.open_,
            ),
            often=("attach", "history", "resume", "search", "switch", "clear", "export"),
        ),
        Group(
            "counts",
            "tokens, costs and odds",
            (
                tokens.tokens,
                usage.usage,
                context.context,
                budget.budget,
                probabilities.logprobs,
                probabilities.whatif,
                branch.branch,
            ),
            often=("usage", "context", "tokens", "budget", "logprobs"),
        ),
        Group(
            "experiments",
            "one message in many ways",
            (
                dials.dials,
                compare.compare,
                sweep.sweep,
                plot.plot,
                evaluation.eval_,
                batch.batch,
                case.case,
                arena.arena_,
                learn.learn_command(seen),
                tour.tour_command(seen),
            ),
        ),
        Group("bytes", "exactly what goes over the connection", (request.request, wire.wire, replay.replay)),
        Group(
            "shell",
            "this program",
            (
                source.source,
                alias.alias_command(seen),
                alias.unalias_command(seen),
                help.help_command(seen),
                help.keys,
                help.exit_,
            ),
        ),
    )
    names = [each.name for group in groups for each in group.commands]
    seen.append(Registry(groups, parameters.parameter_commands(names)))
    return seen[0]
