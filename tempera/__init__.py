"""Start Tempera as an installed command or by `python -m tempera`, and hold its version.

This package is the way in and nothing else. In a wheel the rooms lie inside it; in a clone they
lie beside it.
"""

__version__ = "0.2.0"
