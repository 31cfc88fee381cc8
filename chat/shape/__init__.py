"""Answers with a shape: schemas looked at before they are sent, and answers held against them.

It must not know how anything is drawn or sent. Start with `verdict`, which says what an answer is to
its format; `growing` reads JSON as it arrives, `strict` has the rules of OpenAI's strict mode.
"""
