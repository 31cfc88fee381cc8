"""What edits a line: the prompt, its keys, completion, history, and the toolbar below it.

It must not know how answers are drawn. Start at `prompt.py`.
"""
