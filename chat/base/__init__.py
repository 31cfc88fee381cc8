"""Hold what everything else stands on: errors, safe text, secrets, files, interrupts, child processes, YAML.

It knows nothing of models, messages or endpoints, and imports from no other room. Start reading at
`errors`: every sentence that a person is told when something fails is one of those. `redact` keeps
secrets out of everything, `files` reads and writes; `child` runs Python in other processes, where `serving`
carries out its orders.
"""
