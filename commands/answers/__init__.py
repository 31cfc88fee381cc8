"""The last answer: as it was written, another instead of it, a mark and a note on it."""
