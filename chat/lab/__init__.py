"""Ask one thing in many ways and measure what comes back: comparisons, sweeps, replays, probes, lessons.

Whatever asks several requests at once goes through `runner`: start reading there. How results are
drawn is the terminal's business; what they say is here.
"""
