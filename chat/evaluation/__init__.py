"""Evaluate: does a prompt do its work over all its cases, and is a difference between two of them real?

A `suite` says what is asked and what is expected; `filling` makes the messages of a cell; `plan` says
beforehand what will be done. `assertions` check an answer against what is expected, `judges` say what a model
is asked where one has to judge, `judging` puts a case's verdicts together. `figures` says what a run shows,
and `summary` says it in words; `turning` compares a run with an earlier one. Files that suites are read from
are the business of `transfer`, drawing that of the terminal. What was not checked is never counted as passed.
Start reading at `suite`.
"""
