"""Tools that the model may call: which there are, and what happens when it calls one."""
