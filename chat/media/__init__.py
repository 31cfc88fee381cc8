"""Tell pictures, sound and files by what they hold: what they are, how large, and what in them is private.

It knows `base` alone: no message, no server, no terminal. Start at `reading.py:read`. Headers are read
without decoding anything; only `pixels.py` decodes, by Pillow, which is loaded when it is called.
"""
