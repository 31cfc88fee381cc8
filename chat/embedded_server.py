"""The embedded model's process: llama.cpp's server on a loopback port. Run as a program.

It reads one line of JSON from its standard input (what to load, and the key that requests must
show), prints its address as JSON, and lives until that input closes: it does when the shell
ends, however the shell ends.
"""

import json
import os
import sys

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]  # this folder's modules are not meant to be found by name here


def main() -> None:
    order = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints is log, not answer
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = {order["name"]}
    params.n_ctx = order["n_ctx"]
    params.n_parallel = order["n_parallel"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order["n_threads"]
    params.kv_unified = True  # the window is shared among choices, not cut into parts
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order["key"]]
    params.ui = False
    server = xllamacpp.Server(params)
    print(json.dumps({"address": server.listening_address}), file=out, flush=True)
    while sys.stdin.read(4096):
        pass
    os._exit(0)  # no waiting for a generation that nobody will read


if __name__ == "__main__":
    main()
