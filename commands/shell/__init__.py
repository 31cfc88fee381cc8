"""This program itself: help, its command line and the completion of that, the line below the prompt."""
