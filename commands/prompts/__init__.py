"""Prompts kept in files: loaded, filled with values, saved, compared, improved."""
