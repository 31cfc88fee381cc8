"""Take conversations in from files, and write them out: for people, for programs, for other programs.

Files are strangers': everything in them is checked, and nothing in them runs or is asked. Start
reading at `formats` for what is written, at `imports` for what is read, at `evals` for evaluations: what
begins with `evals_` reads and writes suites, with `eval_` what a run of one leaves.
"""
