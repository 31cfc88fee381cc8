"""Hold what one run knows, and take a message to its turn: prepared, sent, stored.

It prints nothing and asks nothing; commands do, and then change it. Start reading at `state`, the
one mutable object, and at `sending`, where a request is prepared and its turn taken in.
"""
