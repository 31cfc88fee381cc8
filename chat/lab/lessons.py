"""The lessons of /learn: short experiments that show what a parameter does.

A lesson is made of lines as a person would type them; nothing that is said of an answer is known
before it is there.
"""

from __future__ import annotations

from . import lesson_evaluate, lesson_json, lesson_tools
from . import lesson_steps as steps
from .lesson import Lesson, Step

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        ("temperature",),
        "Temperature divides the scores (logits) of the possible next tokens, before they become"
        " probabilities: at 0 the likeliest token is taken each time, above 1 unlikely ones gain.",
        (
            Step(
                "The same question, twice at 0 and twice at 1.5:",
                steps.one_by_one("temperature=0", "", *["temperature=1.5"] * 2),
                "Are the two at 0 the same, and do the two at 1.5 differ?",
                steps.two_and_two("at 0", "at 1.5"),
                4,
            ),
            Step(
                "Now the odds themselves: an answer with its probabilities, and what they would have been"
                " (computed, nothing is sent):",
                steps.with_logprobs("/whatif temperature 0.2", "/whatif temperature 1.5"),
                "How do the odds of the same tokens move from 0.2 to 1.5?",
                steps.odds("temperature", 0.2, 1.5),
            ),
        ),
    ),
    Lesson(
        ("top_p",),
        "top_p cuts off the unlikely end: only the likeliest tokens that together make up this share of the"
        " probability are drawn from. 1 cuts nothing; near 0 only the likeliest one is left.",
        (
            Step(
                "Twice with next to nothing left, twice with everything, all at temperature 1.5:",
                steps.one_by_one("temperature=1.5 top_p=0.001", "", *["top_p=1"] * 2),
                "Is the first pair the same in spite of the temperature?",
                steps.two_and_two("with top_p 0.001", "with top_p 1"),
                4,
            ),
            Step(
                "Which tokens stay, at the places where the model was least certain (computed):",
                steps.with_logprobs("/whatif top_p 0.9", "/whatif top_p 0.3"),
                "How many alternatives have more than 0% left?",
                steps.odds("top_p", 0.3, 0.9),
            ),
        ),
    ),
    Lesson(
        ("logit_bias", "bias"),
        "logit_bias adds to the score of single tokens, by their ids: -100 bans a token, 100 leaves nothing"
        " else. A word can be several tokens, and each of its spellings is another one: /bias shows them.",
        (
            Step(
                "First an answer without any bias:",
                steps.typed("/set temperature=0 {limit}=24 logprobs=true", steps.SKY),
                "With which token does it begin?",
                steps.said_sky,
            ),
            Step(
                "That first token is banned, and the question asked again:",
                steps.ban,
                "How does the model get around it?",
                steps.banned,
            ),
            Step(
                "The other end: +100 for one token, which leaves the model nothing else to say:",
                steps.typed("/bias clear", '/bias " yes" 100', "/retry {limit}=8"),
                "Is there anything but yes?",
                steps.only_yes,
            ),
        ),
    ),
    Lesson(
        ("stop",),
        "A stop text ends the answer where it would appear; it is not part of the answer. Programs use it to"
        " get one line, one item, or one turn of a dialogue.",
        (
            Step(
                "First without one:",
                steps.typed("/set temperature=0 {limit}=48", steps.COUNT),
                "How long is it?",
                steps.counted,
            ),
            Step(
                "A word from the middle of that answer becomes the stop text:",
                steps.stop,
                "Where does the answer end now?",
                steps.stopped,
            ),
        ),
    ),
    Lesson(
        ("penalties", "presence_penalty", "frequency_penalty"),
        "Both penalties lower the scores of tokens that have appeared: presence_penalty once and for all,"
        " frequency_penalty the more the more often. They work against repetition, where it is wanted, too.",
        (
            Step(
                "A task that wants repetition, without a penalty, and with each of the two at its most:",
                steps.typed(
                    "/set {limit}=60 temperature=0",
                    "/compare frequency_penalty=0 frequency_penalty=2 presence_penalty=2 -- " + steps.REPEAT,
                ),
                "How often are the same words said again?",
                steps.penalised,
                3,
            ),
        ),
    ),
    Lesson(
        ("n",),
        "n asks for several answers in one request. The prompt is paid for once, the tokens of each answer"
        " for each; /pick says with which one the conversation goes on.",
        (
            Step(
                "Three answers at once:",
                steps.typed("/set n=3 temperature=1 {limit}=24", steps.INVENT),
                "How do they differ, and what did they take?",
                steps.several,
            ),
        ),
    ),
    Lesson(
        ("max_tokens", "max_completion_tokens"),
        "The limit cuts an answer off, in the middle of a word if need be; the model does not know of it and"
        " does not hurry. The finish reason tells: length for cut off, stop for an end of its own.",
        (
            Step(
                "Five tokens, no more:",
                steps.typed("/set temperature=0 {limit}=5", steps.INVENT),
                "What is the finish reason?",
                steps.cut,
            ),
            Step(
                "The same with room for more:",
                steps.typed("/set {limit}=120", "/retry"),
                "Does it begin with the same words, or did the limit change what the model says?",
                steps.ended,
            ),
        ),
    ),
    Lesson(
        ("seed",),
        "Sampling draws lots; a seed makes the draw repeatable, as far as the server keeps its promise: other"
        " hardware, other batches or another version (system_fingerprint) may still change the answer.",
        (
            Step(
                "At temperature 1: twice with seed 1, once with seed 2:",
                steps.one_by_one("temperature=1 seed=1", "", "seed=2"),
                "Are the first two the same?",
                steps.seeded,
                3,
            ),
        ),
    ),
    Lesson(
        ("stream",),
        "A streamed answer comes in chunks as it is made, as server-sent events; otherwise it comes when all"
        " of it is there. It takes as long; there is just something to read meanwhile.",
        (
            Step(
                "Streamed, and then what went over the connection:",
                steps.typed("/set stream=true temperature=0 {limit}=60", steps.INVENT, "/wire"),
                "How many chunks, how far apart?",
                steps.in_pieces,
            ),
            Step(
                "The same in one piece:",
                steps.typed("/set stream=false", "/retry"),
                "How long was there nothing to read?",
                steps.at_once,
            ),
        ),
    ),
    Lesson(
        ("json", "response_format", "schema", "format"),
        "response_format says which form the answer has. json_object wants any JSON; json_schema wants JSON"
        " that follows a schema, and a server that enforces it leaves the model no other token: the form is"
        " sure then, and what stands in it is as true as any answer.",
        (
            Step(
                "First the question asked as one would, without a format:",
                steps.typed("/set temperature=0 {limit}=60", lesson_json.CAT),
                "Is it JSON, all of it?",
                lesson_json.without_form,
            ),
            Step(
                "The same with a schema: a name, an age, and a colour out of three:",
                steps.typed("/format " + lesson_json.CAT_FORM, "/retry"),
                "Does it follow the schema, and does it stop by itself?",
                lesson_json.with_form,
            ),
            Step(
                "A schema does not make room. The same with a limit that is too low:",
                steps.typed("/set {limit}=8", "/retry"),
                "What is half a JSON worth to a program?",
                lesson_json.cut_form,
            ),
        ),
    ),
    Lesson(
        ("tools", "tool_choice", "functions"),
        "A tool is a function that you describe and the model asks for: it writes a name and arguments, your"
        " program does the work, and what that gives goes back as a message. The model runs nothing. The"
        " form of a call can be guaranteed, the choice can't.",
        (
            Step(
                "Two tools are described, weather and population, and the model may call them:",
                steps.typed(
                    "/set temperature=0 {limit}=60",
                    "/set tools " + lesson_tools.TOOLS,
                    lesson_tools.QUESTION,
                ),
                "Does it call one, or does it just talk?",
                lesson_tools.declared,
            ),
            Step(
                "The same, where it has to call one:",
                steps.typed("/set tool_choice required", "/retry"),
                "Are the arguments those of the schema, and is it the right tool?",
                lesson_tools.called,
            ),
            Step(
                "You are the tool now: its result is a message, by hand, and the model may only talk:",
                lesson_tools.given,
                "Does the answer hold what the tool gave?",
                lesson_tools.told,
            ),
            Step(
                "A call is required again, for a message that neither tool is for:",
                steps.typed("/set tool_choice required", "Tell me a joke."),
                "What does it call, and why?",
                lesson_tools.called_anyway,
            ),
        ),
    ),
    Lesson(
        ("prompts", "variables", "templates"),
        "A prompt with variables is written once and filled for each case: {{name}} in it is replaced by a"
        " value. It is kept in a file by /prompt save, where its versions can be told apart.",
        (
            Step(
                "A system message with a variable, and a value for it:",
                steps.typed(
                    "/set temperature=0 {limit}=24",
                    "/system You talk about nothing but {{{{topic}}}}.",
                    "/var topic=the sea",
                    steps.INVENT,
                ),
                "What did the model get in place of {{topic}}?",
                steps.filled_with("the sea"),
            ),
            Step(
                "The same text, filled with another value:",
                steps.typed("/var topic=steam engines", "/retry"),
                "What changed in the request, and what in the answer?",
                steps.filled_with("steam engines"),
            ),
            Step(
                "A value is text, whatever it looks like. This one names a variable itself:",
                steps.typed("/var topic=the word {{{{topic}}}}", "/retry"),
                "Was the value filled once more?",
                steps.filled_with("the word {{topic}}"),
            ),
        ),
    ),
    Lesson(
        ("evaluate", "evaluation", "eval"),
        "An evaluation asks two prompts the same cases, and checks the answers. Each rate has an interval:"
        " what it may be, over all cases that could have been asked. Which prompt is better is told"
        " by pairing: each case is asked of both, so that a hard case is hard for both.",
        (
            Step(
                f"Two prompts, {lesson_evaluate.FEW} countries. /eval says first what it takes, and asks: y"
                " sends it. (The file stays there: look into it.)",
                lesson_evaluate.run("capitals.yaml", f"--limit {lesson_evaluate.FEW}"),
                "How far apart are the rates, and is that enough to choose?",
                lesson_evaluate.judged(lesson_evaluate.few),
                2 * lesson_evaluate.FEW,
            ),
            Step(
                f"The same prompts, over all {lesson_evaluate.CASES} countries:",
                lesson_evaluate.run("capitals.yaml"),
                "Do the intervals of the two rates overlap, and what does the last line say all the same?",
                lesson_evaluate.judged(lesson_evaluate.paired),
                2 * lesson_evaluate.CASES,
            ),
            Step(
                "Two prompts that are nearly as good as each other, the same countries:",
                lesson_evaluate.run("alike.yaml"),
                "Is “no difference was seen” the same as “there is none”?",
                lesson_evaluate.judged(lesson_evaluate.alike),
                2 * lesson_evaluate.CASES,
            ),
        ),
        lesson_evaluate.FILES,
    ),
)


def find(name: str) -> Lesson | None:
    """Give the lesson of that name, or of that unique beginning."""
    wanted = name.lower().replace("-", "_")
    exact = [lesson for lesson in LESSONS if wanted in lesson.names]
    begun = [lesson for lesson in LESSONS if wanted and any(each.startswith(wanted) for each in lesson.names)]
    found = exact or begun
    return found[0] if len(found) == 1 else None
