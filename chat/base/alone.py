"""Run one module of the engine as a program: `python alone.py …/chat/shape/judge_server.py`.

Its relative imports find what it needs of the engine, and nothing else is loaded. A person's own code that
runs in there does not meet the engine: its folder is not on the path, and its package bears another name.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
if sys.path and os.path.abspath(sys.path[0]) == _HERE:
    del sys.path[0]  # this folder's modules are not meant to be found by name


def main(program: str) -> None:
    """Load the module as one of the package, and call its `main`."""
    engine = os.path.dirname(_HERE)
    package = type(sys)("_tempera")
    package.__path__ = [engine]
    sys.modules["_tempera"] = package
    path = os.path.splitext(os.path.relpath(program, engine))[0]
    name = "_tempera." + path.replace(os.sep, ".")
    __import__(name)
    sys.modules[name].main()


if __name__ == "__main__":
    main(sys.argv[1])
