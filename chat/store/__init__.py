"""Keep conversations in SQLite: every turn, what went over the connection, and answers under way.

What it cannot do is a complaint, never an exception in the middle of an answer. It asks no server.
Start reading at `conversations`; `writing` makes rows, `schema` has the tables, `journal` what a killed
shell leaves.
"""
