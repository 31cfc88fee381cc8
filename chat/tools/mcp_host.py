"""The process that speaks with an MCP server, run by `runner`; the package mcp is imported here alone.

It is asked as `serving` has it: `open` connects, and gives the server's tools; `list` gives them anew; `call`
calls one. It ends when its input does, and the server with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import threading
import time
from typing import Any, BinaryIO

from ..base import serving
from .processes import adopt, bounded, end_all

MEMORY = 1024**3  # bytes that this process may have in use: a server that floods fills it
LEAVING = 3.0  # seconds that a server has to end, once the shell is gone
KEPT = 4000  # bytes of what a server says on its standard error
MOST_TOOLS = 500
_PAGES = 50


class Host:
    """One server and what it said of its tools."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def tools(self) -> list[dict[str, Any]]:
        """Ask for the server's tools, all pages of them."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self.client.list_tools(cursor=cursor, cache_mode="refresh")
            for each in page.tools:
                found.append(
                    {
                        "name": each.name,
                        "description": each.description or "",
                        "parameters": each.input_schema or {},
                    }
                )
            cursor = page.next_cursor
            if not cursor or len(found) >= MOST_TOOLS:
                break
        return found[:MOST_TOOLS]

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool."""
        result = await self.client.call_tool(name, arguments)
        texts = [said for block in result.content if (said := _said(block))]
        if not texts and result.structured_content is not None:
            texts = [json.dumps(result.structured_content, ensure_ascii=False)]
        return {**bounded("\n".join(texts)), "error": bool(result.is_error)}


def _said(block: Any) -> str:
    """Say what a block of a result holds; what is no text in square brackets."""
    kind = getattr(block, "type", "")
    if kind == "text":
        return str(block.text)
    if kind in ("image", "audio"):
        return f"[{kind}: {block.mime_type}, {len(block.data) * 3 // 4:,} bytes]"
    if kind == "resource":
        text = getattr(block.resource, "text", None)
        return str(text) if text is not None else f"[resource: {block.resource.uri}]"
    if kind == "resource_link":
        return f"[resource: {block.uri}]"
    return f"[{kind}]"


class LastWords:
    """What a server says on its standard error: the end of it is kept, and nothing else."""

    def __init__(self) -> None:
        self._kept = b""
        read, write = os.pipe()
        self.file = os.fdopen(write, "w")
        threading.Thread(target=self._drain, args=(read,), daemon=True).start()

    def _drain(self, read: int) -> None:
        while data := os.read(read, 65536):
            self._kept = (self._kept + data)[-KEPT:]

    def last(self) -> str:
        """Give the last line."""
        lines = self._kept.decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""


def transport(server: dict[str, Any], stack: contextlib.AsyncExitStack, errors: Any) -> Any:
    """Give the way to a server."""
    import mcp
    from mcp.client.stdio import stdio_client

    if server["command"]:
        command, *args = server["command"]
        return stdio_client(
            mcp.StdioServerParameters(
                command=command,
                args=args,
                env={**os.environ, **server["env"]},
                cwd=server["cwd"] or os.getcwd(),
                encoding_error_handler="replace",
            ),
            errlog=errors,
        )
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    client = httpx2.AsyncClient(headers=server["headers"], timeout=httpx2.Timeout(30, read=300))
    stack.push_async_callback(client.aclose)
    return streamable_http_client(server["url"], http_client=client)


async def answer(host: Host, order: dict[str, Any]) -> dict[str, Any]:
    """Do an order; whatever the server does, this gives a reply."""
    from mcp import MCPError
    from mcp_types import CONNECTION_CLOSED

    try:
        if order["do"] == "call":
            return {"result": await host.call(order["name"], order["arguments"])}
        return {"result": {"tools": await host.tools()}}
    except MCPError as error:
        if error.error.code == CONNECTION_CLOSED:
            return {"failed": "the server has ended; the next call starts it anew", "gone": True}
        return {"failed": f"the server refuses it: {error}"[:1000]}
    except RuntimeError as error:  # a result that is not what the server's own schema says
        return {"failed": f"{error}"[:1000]}


def listen(orders: BinaryIO, to: queue.SimpleQueue[bytes]) -> None:
    """Take orders, also while the server is waited for. Where they end, everything is to end soon."""
    for line in orders:
        to.put(line)
    to.put(b"")
    time.sleep(LEAVING)
    end_all()


async def serve(came: queue.SimpleQueue[bytes], replies: BinaryIO, errors: LastWords) -> None:
    """Connect as the first order says, then do the others."""
    import anyio
    from mcp import Client, Implementation

    async def next_order() -> dict[str, Any] | None:
        line = await anyio.to_thread.run_sync(came.get, abandon_on_cancel=True)
        return json.loads(line) if line else None

    first = await next_order()
    if first is None or first["do"] != "open":
        serving.reply(replies, {"failed": "the server has ended; the next call starts it anew", "gone": True})
        return
    async with contextlib.AsyncExitStack() as stack:
        way = transport(first["server"], stack, errors.file)
        about = Implementation(name="tempera", version="0.2")
        client = await stack.enter_async_context(Client(way, client_info=about))
        host = Host(client)
        serving.reply(replies, await answer(host, first))
        while (order := await next_order()) is not None and order["do"] != "end":
            serving.reply(replies, await answer(host, order))
    serving.reply(replies, {"result": None, "gone": True})


def reason(error: BaseException) -> str:
    """Say what is behind an error, which may be a group of them."""
    inner = getattr(error, "exceptions", None)
    while inner:
        error = inner[0]
        inner = getattr(error, "exceptions", None)
    if isinstance(error, FileNotFoundError):
        return f"there is no program {error.filename or ''}".strip()
    if isinstance(error, PermissionError):
        return f"{error.filename or 'it'} may not be run"
    if str(error) == "Connection closed":
        return "it ends at once"
    return f"{error}"[:500] or type(error).__name__


def watched() -> None:
    """End everything when this process has grown too large."""
    size = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    while True:
        time.sleep(0.2)
        with contextlib.suppress(OSError, ValueError), open("/proc/self/statm") as file:
            if int(file.read().split()[1]) * size > MEMORY:
                os.write(2, b"it floods: its answers take too much memory\n")
                end_all()


def main() -> None:
    orders, replies = serving.opened()
    try:
        import anyio
        import mcp  # noqa: F401
    except ImportError as error:
        hint = "pip install -r requirements-tools.txt"
        return serving.reply(replies, {"failed": f"{error.name} is not installed", "hint": hint})
    logging.disable(logging.CRITICAL)
    serving.limited()
    adopt()
    threading.Thread(target=watched, daemon=True).start()
    errors = LastWords()
    came: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(orders, came), daemon=True).start()
    try:
        anyio.run(serve, came, replies, errors)
    except BaseException as error:
        said = reason(error)
        last = errors.last()
        with contextlib.suppress(OSError, ValueError):
            more = f" ({last})" if last and last not in said else ""
            serving.reply(replies, {"failed": said + more, "gone": True})
    return None
