"""What draws answers: text as it streams, Markdown, several answers at once, tables and charts.

It must not know what is typed, but for the single keys that are pressed while answers stream. Start at
`answer.py`, one answer that streams; `region.py` is the part of the screen that may be painted over.
"""
