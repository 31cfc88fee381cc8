"""Keep prompts as files: texts with variables, their versions, other people's forms of them.

It knows no session and sends nothing. What a person's template says runs apart, in a process of its own.
Start with `prompt.py`, which says what a prompt is; `template.py` fills it.
"""
