"""Hold an answer against what is expected of it, one declaration for each type of assertion.

The types are promptfoo's and OpenAI's graders'. Nothing here asks a model: what a judge is asked, and how its
answer is read, is in `judges`. What can't be checked says so and why, and is never counted as passed. Start
reading at `checking`; `table` holds the types.
"""
