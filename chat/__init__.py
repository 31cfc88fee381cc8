"""The engine: parameters, profiles, conversations, requests, streams, tokens and costs.

It prints nothing and knows no terminal; `openai` is imported in `client` alone.
"""
