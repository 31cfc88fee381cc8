"""Exactly what goes over the connection: the next request, those that were recorded, and one sent again."""
