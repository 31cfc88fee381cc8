"""Count: tokens as a model cuts them, bias by word, and what a turn costs.

tiktoken runs in a process of its own, for it takes 80 MB while it builds an encoding. Start reading
at `counting`; `prices` has costs and context windows.
"""
