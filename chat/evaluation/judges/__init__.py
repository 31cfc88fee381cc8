"""Judge an answer by a model: what it is asked, and how its answer is read. Sending is the runner's business.

All of it is pure: `judging.following` gives the next question, `judging.verdict` reads the answers. The text
that is judged is a stranger's: it goes out as a value in JSON, beside the instruction and not in it. Where an
answer of the judge can't be read, the case is not checked. Start reading at `judging`.
"""
