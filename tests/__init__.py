"""Tests. This is imported before all else that is ours, in whatever process."""

import os
import sys

# Tests start the program some hundred times: it is compiled once, whatever the machine is set to. (The workers and
# all that tests start have this environment.)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
