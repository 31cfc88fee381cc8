"""The panel of /dials: a full screen of sliders, beside what may come next.

`state.py` says what a key does, `drawing.py` and `bars.py` draw what `view.py` holds as lines: all of it is
pure. `application.py` puts it on the screen. Start reading there.
"""
