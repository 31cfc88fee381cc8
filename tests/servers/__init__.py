"""Servers that others wrote, as counterparts: the light ones are started by tests, the heavy ones by `start`."""
