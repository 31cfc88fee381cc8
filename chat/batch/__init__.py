"""Ask by files: requests that go out many at once, and answers that come back hours later, in any order.

A batch is another way to get the answers of an evaluation, a sweep or a replay: they are judged, or become
turns, like those that were asked for directly, and make the same tables. `lines` writes requests and
`results` reads answers, both pure; `providers` has what each provider documents. `writing` makes the files of
a run, `remote` sees each through its life at a provider, `taking` brings answers back to their samples,
`cells` makes turns of those of an experiment, `engines` writes a folder for an engine of one's own. What a
terminal shows is not known here. Start reading at `state`.
"""
