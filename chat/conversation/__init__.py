"""Model what is said: messages in a tree, requests, answers as events, and how bytes become events.

All of it is pure: nothing here opens a file or a connection. Start reading at `turn` for what is
asked and what comes back, at `tree` for how turns hang together, at `body` for what is sent.
"""
