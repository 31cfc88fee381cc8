"""The judges, as types of assertion that a model has to be asked for."""

from __future__ import annotations

from ..assertions.declaration import Found, Held, NotChecked, Type
from . import best, graders, rubrics
from .asking import Judge

JUDGES: tuple[Judge, ...] = (*rubrics.JUDGES, *graders.JUDGES, *best.JUDGES)


def _later(held: Held) -> Found:
    raise NotChecked("a judge has to be asked")


def _embedded(held: Held) -> Found:
    raise NotChecked("embeddings have to be asked for")


TYPES = (
    *(Type(each.name, each.against, _later, each.scores, judged=True, deep=each.deep) for each in JUDGES),
    Type("similar", "a text, or several, the nearest of which counts", _embedded, "the cosine", judged=True),
)
