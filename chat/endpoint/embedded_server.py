"""The embedded model's process: llama.cpp's server on a loopback port. Run as a program.

With the words `serve [FILE.gguf]` it is for people and their programs: it listens on port 8080,
or on PORT, wants no key, and lives until Ctrl-C. Else it is the shell's: it reads one line of JSON
from its standard input (what to load, and the key that requests must show), prints its address as
JSON, and lives until that input closes: it does when the shell ends, however the shell ends.
"""

import json
import os
import sys
import time
from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))
if sys.path and sys.path[0] == _FOLDER:
    del sys.path[0]  # this folder's modules are not meant to be found by name here


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2] if len(sys.argv) > 2 else "")
        return
    order = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints is log, not answer
    server = started(order)
    print(json.dumps({"address": server.listening_address}), file=out, flush=True)
    while sys.stdin.read(4096):
        pass
    os._exit(0)  # no waiting for a generation that nobody will read


def serve(file: str) -> None:
    """Serve the model on this machine, loaded as the shell loads it. PORT is its port (8080)."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(_FOLDER)))
    from chat.endpoint import embedded

    try:
        order = embedded.order(embedded.EMBEDDED + (f":{file}" if file else ""))
    except embedded.EmbeddedFailed as error:
        sys.exit(f"{error.message}: {error.hint}" if error.hint else error.message)
    server = started({**order, "port": int(os.environ.get("PORT", "8080"))})
    print(f"{order['name']} is served at {server.listening_address}/v1; Ctrl-C ends it", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        os._exit(0)


def started(order: dict[str, Any]) -> Any:
    """Give the server, once it answers."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = {order["name"]}
    params.n_ctx = order["n_ctx"]
    params.n_parallel = order["n_parallel"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order["n_threads"]
    params.kv_unified = True  # the window is shared among choices, not cut into parts
    params.hostnames = ["127.0.0.1"]
    params.port = order.get("port", 0)
    if "key" in order:
        params.api_keys = [order["key"]]
    params.chat_template = order.get("chat_template", "")
    params.ui = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
