"""Tools that a model may call: what they are, where they come from, and what runs them.

It knows no session, asks nobody and sends nothing. A person's code and other people's servers run apart, in
processes of their own. Start with `tool.py`, which says what a tool is; `runner.py` runs one.
"""
