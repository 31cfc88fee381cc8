"""The engine. It prints nothing, asks nothing, and knows no terminal.

A room imports only from rooms above it in this list:

    base           errors, safe text, secrets, files and their places, interrupts, child processes, YAML
    statistics     intervals, columns compared case by case, agreement, strengths: plain numbers
    media          pictures, sound and files: what they are by their bytes, and without what is private
    parameters     THE table of parameters, kinds of values, settings in layers, profiles
    conversation   messages in a tree, requests and answers, events, the body of a request: pure
    endpoint       addresses and keys, the SDK's client, failures, what is known of a server
    tokens         tokenisers, bias by word, costs and context windows
    store          SQLite: conversations, the bytes of the wire, answers under way
    prompts        prompts as files, filled with variables, and their versions
    shape          answers with a shape: schemas, and JSON held against them
    tools          tools that a model may call, run apart; MCP servers
    session        what one run knows; from a message to its turn; budgets and context windows
    lab            comparisons, sweeps, replays, probes, lessons
    evaluation     suites of cases, what is expected of answers, and verdicts
    batch          many requests that go out in files: the Batch API, engines of one's own
    transfer       what comes in from files, and what goes out

Each room's `__init__.py` says what it is for, what it must not know, and where to start reading.
"""
