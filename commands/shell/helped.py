"""What --help says beside the options, in lines of at most 79 columns."""

from __future__ import annotations

_FORMS = {
    "": (
        "[options]",
        "[options] MESSAGE",
        "[options] run FILE [ARGS]",
        "[options] eval FILE",
        "[options] batch ACTION",
    ),
    "eval": ("[options] eval FILE [DATA]", "[options] eval ACTION ..."),
    "batch": ("[options] batch ACTION ...",),
}
_SHELL = """\
The OpenAI Playground in a terminal. Alone it opens a prompt, where /help tells
the rest. With a message it writes the answer to standard output, and ends.

  run FILE [ARGS]  does the lines of a script as if they were typed;
                   - in place of run FILE: those of standard input
  eval FILE        asks all cases of an evaluation; eval --help tells more
  batch ACTION     sees to what was sent by a Batch API; see batch --help"""
EXAMPLES = """\
Text on standard input is sent too, after the message:

  {prog} --local "Why is the sky blue?"
  git diff | {prog} -m gpt-5.4-mini "Review this."

The key is read from OPENAI_API_KEY. The exit status is 0 where all went well."""
_EVAL = """\
Ask all cases of an evaluation, check the answers, and say how far a difference
can be trusted. FILE is promptfoo's, an eval of OpenAI's (DATA: its rows), JSONL
or CSV. A run that was stopped loses no answer, and can go on.

  eval FILE [DATA]     asks everything
  eval check FILE      says what would be asked and checked; sends nothing
  eval now FILE        asks the prompt in force with each row of a table
  eval new [FILE]      writes a commented example
  eval write FILE OUT  writes it in another form, that of OUT
  eval go-on [RUN]     asks what a run lacks; the newest where none is named
  eval list            all runs
  eval show [RUN]      what a run came to
  eval diff RUN RUN    which cases turned between two runs
  eval delete RUN      deletes a run with its answers"""
_BATCH = """\
See to the batches that `eval FILE --batch` or a sweep has sent by a provider's
Batch API, or carry requests and answers by hand. What has come is judged as a
run is, or becomes turns of the sweep's conversation. --json writes the batches.

  batch [list]         all batches, and how far each is
  batch fetch [ID]     takes the answers that have come
  batch watch [ID]     waits until all have come, and takes them
  batch cancel ID      ends one early: what it answered by then is kept
  batch write RUN OUT  writes requests to a file; a FILE in place of RUN: of it
  batch read FILE      takes answers from such a file"""
#: What --help says first, by the word that begins the form.
ABOUT = {"": _SHELL, "eval": _EVAL, "batch": _BATCH}


def usage(name: str, second: str) -> str:
    """Write the forms of the command line, one below the other."""
    return f"\n{' ' * len('usage: ')}".join(f"{name} {form}" for form in _FORMS[second])
