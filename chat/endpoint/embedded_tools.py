"""Give the embedded model tools: by a template that carries them, and an answer begun as a call.

Its own template drops tools. With this one they reach it, and requests without tools read as before.
It was not trained for them, and calls none by itself. A call that is required is begun for it and ended
after one, and the server's grammar holds it to the form. Measured with 20 questions and two tools
(SmolLM2-135M-Instruct Q4_1, xllamacpp 2026.10.11549, temperature 0.7), answers with a valid call, the
right tool, and the right arguments:

    auto                                       0   0   0
    required                                   0   0   0
    required, begun                           20  17  12   the call repeated in 17, 16 run on to the limit
    required, begun and ended                 20  17   9   one call each, all done
    named, as required, begun                 20  20  12   18 repeated it
    response_format, anyOf the calls          20  13   8   as text that nobody calls by

`parallel_tool_calls: false` does not keep it from repeating itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..conversation.body import Body

#: SmolLM2's own template (what stands behind its last `else`, as its GGUF file has it), and before it one
#: with tools in the words of Hermes 2 Pro, of which llama.cpp's server reads calls.
_TEMPLATE = Path(__file__).with_name("embedded_template.jinja")

#: How an answer begins that is a call, and how the call ends.
CALL, END = "<tool_call>\n", "</tool_call>"


def template() -> str:
    """Read the template."""
    return _TEMPLATE.read_text(encoding="utf-8").removesuffix("\n")


def begun(body: Body) -> Body:
    """Give a body whose answer is begun as a call, where a call is required, and ends after it unless
    `parallel_tool_calls` is set. Where a tool is named, the others are left out: the server refuses its own
    answer else. Any other body comes back as it is."""
    tools, choice, messages = body.get("tools"), body.get("tool_choice"), body.get("messages")
    if not tools or not isinstance(tools, list) or not messages or messages[-1]["role"] == "assistant":
        return body
    name = required(choice)
    kept = [each for each in tools if _name(each) == name] if name else tools
    if name is None or not kept:
        return body
    call = {"role": "assistant", "content": CALL}
    changed = {**body, "tools": kept, "tool_choice": "required", "messages": [*messages, call]}
    if body.get("parallel_tool_calls") is not True:
        stop = body.get("stop") or []
        changed["stop"] = [*([stop] if isinstance(stop, str) else stop), END]
    return changed


def required(choice: Any) -> str | None:
    """Give the name of the tool that `tool_choice` requires, "" for any, None for none."""
    if choice == "required":
        return ""
    return _name(choice) or None


def _name(form: Any) -> str:
    inner = form.get("function") if isinstance(form, dict) else None
    found = inner.get("name") if isinstance(inner, dict) else None
    return found if isinstance(found, str) else ""
