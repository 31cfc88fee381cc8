"""Talk to servers: addresses and keys, the SDK's client, failures, what is known of a server.

It is the only room that sends anything. `openai` and `httpx2` are imported inside functions. It stores
no conversation, and knows nothing that is set but what a `target` carries. Start reading at `client`,
where a body goes out and events come back; `attempts` sends again, `address` chooses address and key,
`failures` words what goes wrong, and `servers` is what is known of an endpoint.
"""
