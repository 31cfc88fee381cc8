"""An MCP server by hand, whose results are not what it says they are. Its first argument is an address that
its schemas lead to."""

import json
import sys
from typing import Any

AWAY = {"type": "object", "properties": {"no": {"$ref": sys.argv[1]}}}
TOOLS: list[dict[str, Any]] = [
    {"name": "away", "inputSchema": AWAY, "outputSchema": AWAY},
    {
        "name": "wrong",
        "inputSchema": {"type": "object"},
        "outputSchema": {"type": "object", "required": ["sum"]},
    },
    {"name": "right", "inputSchema": {"type": "object"}},
]
calls = 0


def result(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """Give the result of a request; None for one that is not known."""
    global calls
    if method == "initialize":
        about = {"name": "liar", "version": "1"}
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        calls += 1
        return {
            "content": [{"type": "text", "text": f"call {calls}"}],
            "structuredContent": {"no": 1},
        }
    return None


for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    found = result(asked["method"], asked.get("params") or {})
    unknown = {"error": {"code": -32601, "message": "not known"}}
    reply = {"jsonrpc": "2.0", "id": asked["id"], **(unknown if found is None else {"result": found})}
    print(json.dumps(reply), flush=True)
