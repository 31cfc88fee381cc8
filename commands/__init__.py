"""What a person types after a slash: one module a family, one declaration a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .declare import Registry


def registry() -> Registry:
    """All commands, in the order of /help. Loaded when it is called, after the prompt shows."""
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
    from .declare import Registry

    seen: list[Registry] = []
    own = [
        help.help_command(seen),
        parameters.set_,
        parameters.unset,
        parameters.reset,
        parameters.show,
        structures.explain,
        prompt.system,
        prompt.stop,
        structures.format_,
        bias.bias,
        tokens.tokens,
        profiles.profile,
        models.model,
        models.models,
        probe.probe,
        models.forget,
        models.key,
        picking.pick,
        branches.retry,
        branches.edit,
        branches.undo,
        branches.continue_,
        branches.prefill,
        branches.fork,
        branches.branches,
        branches.switch,
        branches.diff,
        answers.raw,
        answers.copy,
        probabilities.logprobs,
        probabilities.whatif,
        branching.branch,
        history.usage,
        history.history,
        context.context,
        compare.compare,
        sweep.sweep,
        ratings.rate,
        ratings.note,
        ratings.arena_,
        budget.budget,
        learn.learn_command(seen),
        wire.wire,
        request.request,
        replay.replay,
        conversations.conversations,
        conversations.resume,
        conversations.search,
        conversations.title,
        files.export,
        files.import_,
        conversations.delete,
        conversations.clear,
        help.exit_,
    ]
    seen.append(Registry([*own, *parameters.parameter_commands(item.name for item in own)]))
    return seen[0]
