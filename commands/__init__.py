"""What a person types after a slash: one module a family, one declaration a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .declare import Registry


def registry() -> Registry:
    """Give all commands, in the groups of /help. They load when this is called, after the prompt shows."""
    from . import (
        answers,
        bias,
        branches,
        branching,
        budget,
        compare,
        context,
        conversations,
        files,
        help,
        history,
        learn,
        models,
        parameters,
        picking,
        probabilities,
        probe,
        profiles,
        prompt,
        ratings,
        replay,
        request,
        structures,
        sweep,
        tokens,
        wire,
    )
    from .declare import Group, Registry

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
                structures.explain,
                prompt.system,
                prompt.stop,
                structures.format_,
                bias.bias,
                profiles.profile,
            ),
        ),
        Group(
            "endpoint",
            "who answers",
            (models.model, models.models, models.key, probe.probe, models.forget),
        ),
        Group(
            "answers",
            "the last one, and another instead",
            (
                picking.pick,
                branches.retry,
                branches.edit,
                branches.undo,
                branches.continue_,
                branches.prefill,
                answers.raw,
                answers.copy,
                ratings.rate,
                ratings.note,
            ),
        ),
        Group(
            "talk",
            "what was said, on every branch",
            (
                history.history,
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
            ),
        ),
        Group(
            "counts",
            "tokens, costs and odds",
            (
                tokens.tokens,
                history.usage,
                context.context,
                budget.budget,
                probabilities.logprobs,
                probabilities.whatif,
                branching.branch,
            ),
        ),
        Group(
            "experiments",
            "one message in many ways",
            (compare.compare, sweep.sweep, ratings.arena_, learn.learn_command(seen)),
        ),
        Group("bytes", "exactly what goes over the connection", (request.request, wire.wire, replay.replay)),
        Group("shell", "this program", (help.help_command(seen), help.exit_)),
    )
    names = [each.name for group in groups for each in group.commands]
    seen.append(Registry(groups, parameters.parameter_commands(names)))
    return seen[0]
