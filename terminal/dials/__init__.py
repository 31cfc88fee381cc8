"""The panel of /dials: a full screen of sliders, beside what may come next.

`state.py` says what a key does, `drawing.py` draws a state as lines: both are pure. `application.py`
puts them on the screen. Start reading there.
"""
