"""One message in many ways: side by side, over a grid of values, blind, and in lessons."""
