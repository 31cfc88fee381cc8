"""Start the shell with its own modules, whatever others of their names can be found.

The rooms are called `chat`, `commands` and `terminal`. So may be what lies in the folder that the
program is started in, or where PYTHONPATH points. Ours are found first.
"""

import os
import sys

from . import early, version


def main() -> int:
    """Run what was asked for. Return the exit status."""
    early.hold_back()
    if version.told(sys.argv[1:]):
        return 0  # chat.base.exits would take longer to load than all of this
    sys.path.insert(0, rooms())
    if "_ARGCOMPLETE" in os.environ:  # a shell asks how the line goes on
        from commands.shell import completions

        return completions.answer()
    import shell

    return shell.main()


def rooms() -> str:
    """Find the folder that `shell.py` is in: this one where it is installed, the clone's else."""
    here = os.path.dirname(os.path.abspath(__file__))
    return here if os.path.isfile(os.path.join(here, "shell.py")) else os.path.dirname(here)


if __name__ == "__main__":
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        del sys.path[0]  # `python -m` puts the folder that it is started in there
    sys.exit(main())
