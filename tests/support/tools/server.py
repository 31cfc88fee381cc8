"""An MCP server with tools that do well and badly: on its standard streams, or on a port that is named."""

import os
import sys
import time

from mcp.server.mcpserver import MCPServer

server = MCPServer("test")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool(name="dotted.name/of é")
def dotted() -> str:
    """Have a name that the API does not take."""
    return "dotted"


@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("no")


@server.tool()
def die() -> str:
    """End the server."""
    os._exit(2)


@server.tool()
def hang() -> str:
    """Never answer."""
    time.sleep(600)
    return ""


@server.tool()
def named() -> str:
    """Say what the server was given."""
    return f"{os.environ.get('GIVEN')} {os.environ.get('OPENAI_API_KEY')}"


@server.tool()
def rename() -> str:
    """Give a tool another name."""
    server.remove_tool("add")
    server.add_tool(lambda a, b: a + b, name="plus")
    return "done"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run()
