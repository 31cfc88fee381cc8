"""The cells of an evaluation on the screen: below the prompt while they are asked, over the whole window
when they are looked at.

`signs.py` and `layout.py` say how cells and their columns look. `live.py` draws what `display.py` paints
while a run is under way. `state.py` says what a key does in the browser, `grid.py` and `opened.py` draw
it, `application.py` puts it on the screen. But for the two that paint, all of it is pure.
"""
