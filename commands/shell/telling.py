"""What the command line only asks to be told: the version, the schema of --json, the script of completion."""

from __future__ import annotations

import json

from . import options


def told(given: options.Options) -> str | None:
    """Give what is to be written on standard output; None where there is something to do. Raises BadInput."""
    if given.version:  # beside other options
        from tempera import version

        return version.line()
    if given.completions:
        from . import completions

        return completions.script(given.completions)
    if given.schema:
        from chat.transfer import batch_json, eval_schema, to_json

        made = eval_schema if given.eval else batch_json if given.batch else to_json
        return json.dumps(made.schema(), indent=2)
    return None
