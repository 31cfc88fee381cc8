"""What a person sees and presses. It knows no HTTP.

`drawing` draws answers, `editing` edits a line; `dials` and `evaluation` take the whole window. `screen.py`
is the Screen that commands are given; `streams.py` tells what the terminal or the pipes of this run allow,
`signals.py` handles Ctrl-C, and `clean.py` makes untrusted text safe.
"""
