"""Evaluations in the forms of promptfoo's public examples, in words of our own: name -> files by their names.

The first file of each is the configuration. `python -m tests.support.promptfoo_says` records what promptfoo makes
of them.
"""

from __future__ import annotations

PROMPTFOO: dict[str, dict[str, str]] = {
    "two prompts, two providers, cases in the file": {
        "promptfooconfig.yaml": """\
# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
description: Rivers, told to children
prompts:
  - 'Tell a child about the river {{river}}.'
  - |-
    You write for children.
    Describe the {{river}} in {{count}} sentences.
providers:
  - openai:chat:gpt-5-mini
  - openai:gpt-5
tests:
  - vars: {river: Danube, count: 2}
    assert:
      - type: icontains
        value: europe
      - type: not-contains
        value: '{{river}} is a lake'
  - description: has no name
    vars:
      river: Aare
      count: 3
""",
    },
    "prompts of a text file, cases of a CSV": {
        "promptfooconfig.yaml": """\
prompts: [file://prompts.txt]
providers: [openai:chat:gpt-5-mini]
tests: file://cases.csv
""",
        "prompts.txt": "Translate to {{language}}: {{text}}\n---\nSay this in {{language}}, as a sailor would: {{text}}\n",
        "cases.csv": (
            "language,text,__expected,__expected2,__description,__metric,__threshold,__metadata:source\n"
            'French,"Hello, world",icontains: bonjour,levenshtein(4): Bonjour le monde,greeting,words,0.5,mine\n'
            "German,Good night,Gute Nacht,,,,,\n"
            'Italian,"She said ""yes""","contains-any: sì, si","not-regex: yes$",,,,\n'
            'Dutch,Tea,similar: thee,"starts-with: Thee",,,,\n'
        ),
    },
    "a chat of JSON": {
        "promptfooconfig.yaml": "prompts: [file://chat.json]\nproviders: [openai:chat:gpt-5-mini]\n"
        'tests:\n  - vars: {name: Ada, task: "quote \\"this\\"\\nand {braces}"}\n',
        "chat.json": '[{"role": "system", "content": "You help {{ name }}."},\n {"role": "user", "content": "{{task}}"}]',
    },
    "a chat of YAML": {
        "promptfooconfig.yaml": "prompts: file://chat.yaml\nproviders: [openai:chat:gpt-5-mini]\ntests: [{vars: {q: 'Why?'}}]\n",
        "chat.yaml": "- role: system\n  content: |\n    Be brief.\n    Be kind.\n- role: user\n  content: '{{q}}'\n",
    },
    "a chat that a loop makes": {
        "promptfooconfig.yaml": """\
prompts: [file://chat.json]
providers: [openai:chat:gpt-5-mini]
tests:
  - vars:
      before: [{who: user, said: Hi}, {who: assistant, said: 'Hello "you"'}]
      question: What did I say?
    assert: [{type: contains, value: Hi}]
""",
        "chat.json": (
            '[\n  {"role": "system", "content": "You remember."},\n'
            '  {% for each in before %}{"role": "{{ each.who }}", "content": {{ each.said | dump }}},\n  {% endfor %}'
            '{"role": "user", "content": {{ question | dump }}}\n]\n'
        ),
    },
    "conditions and filters": {
        "promptfooconfig.yaml": """\
prompts:
  - "{% if tone == 'rude' %}Be rude.{% else %}Be kind.{% endif %} {{ name | upper }}{{ missing }} has {{ count }} {{ 'boat' if count == 1 else 'boats' }}"
providers: [openai:chat:gpt-5-mini]
tests:
  - vars: {tone: rude, name: Bo, count: 1}
  - vars: {tone: soft, name: Al, count: 12}
""",
    },
    "lists of values": {
        "promptfooconfig.yaml": """\
prompts: ['{{greeting}} {{name}} {{numbers}}']
providers: [openai:chat:gpt-5-mini]
tests:
  - vars:
      greeting: [Hello, Good day]
      name: [Ada, Bo, Cy]
      numbers: '1'
  - vars: {greeting: [Hi, Ho], name: Di}
    options: {disableVarExpansion: true}
""",
    },
    "variables of files": {
        "promptfooconfig.yaml": "prompts: ['Sum up: {{article}} {{more}}']\nproviders: [openai:chat:gpt-5-mini]\n"
        "tests:\n  - vars: {article: 'file://texts/*.txt', more: 'file://more.yaml'}\n  - vars: vars.yaml\n",
        "texts/a.txt": "  The first article.\n",
        "texts/b.txt": "The second article.\n\n",
        "more.yaml": "a: 1\nb: [x, y]\n",
        "vars.yaml": "article: inline\nmore: ''\n",
    },
    "a default for all, and templates of assertions": {
        "promptfooconfig.yaml": """\
prompts: ['Answer: {{q}} ({{tone}})']
providers: [openai:chat:gpt-5-mini]
defaultTest:
  vars: {tone: plain}
  threshold: 0.6
  metadata: {suite: first}
  assert:
    - $ref: '#/assertTemplates/short'
assertTemplates:
  short:
    type: regex
    value: '^.{1,200}$'
    metric: length
tests:
  - vars: {q: one}
  - vars: {q: two, tone: grand}
    threshold: 0.9
    assert:
      - $ref: '#/assertTemplates/short'
        weight: 2
      - {type: equals, value: 2}
""",
    },
    "scenarios": {
        "promptfooconfig.yaml": """\
prompts: ['In {{language}}: {{text}}']
providers: [openai:chat:gpt-5-mini]
defaultTest: {assert: [{type: latency, threshold: 5000}]}
scenarios:
  - description: languages
    config:
      - vars: {language: Spanish, hello: hola}
      - vars: {language: French, hello: bonjour}
        assert: [{type: not-contains, value: English}]
    tests:
      - description: greets
        vars: {text: Hello}
        assert: [{type: icontains, value: '{{hello}}'}]
      - vars: {text: Bye}
""",
    },
    "cases of several files": {
        "promptfooconfig.yaml": "prompts: ['{{a}} and {{b}}']\nproviders: [openai:chat:gpt-5-mini]\n"
        "tests:\n  - vars: {a: here, b: there}\n  - file://tests/*.yaml\n  - file://more.jsonl\n  - file://most.json\n",
        "tests/one.yaml": "- vars: {a: 1, b: 2}\n  assert: [{type: contains, value: '3'}]\n",
        "tests/two.yaml": "- description: second\n  vars: {a: x, b: y}\n",
        "more.jsonl": '{"vars": {"a": "l1", "b": "z"}, "assert": [{"type": "is-json"}]}\n\n{"vars": {"a": "l2", "b": "z"}}\n',
        "most.json": '[{"vars": {"a": "j", "b": "k"}, "threshold": 0.5}]',
    },
    "an answer in JSON": {
        "promptfooconfig.yaml": """\
prompts: ['Give {{name}} as JSON']
providers:
  - id: openai:chat:gpt-5-mini
    label: strict
    config:
      temperature: 0
      response_format: file://format.json
tests:
  - vars: {name: Ada}
    assert:
      - type: is-json
        value: file://schema.json
      - type: contains-json
    options:
      transform: JSON.parse(output).name
""",
        "format.json": '{"type": "json_schema", "json_schema": {"name": "person", "schema": {"type": "object"}}}',
        "schema.json": '{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}',
    },
    "tools": {
        "promptfooconfig.yaml": """\
prompts: ['Weather in {{city}}?']
providers:
  - id: openai:chat:gpt-5-mini
    config: {tools: file://tools.yaml, tool_choice: required}
tests:
  - vars: {city: Bern}
    assert:
      - type: is-valid-openai-tools-call
      - type: tool-call-f1
        value: [get_weather]
      - type: finish-reason
        value: tool_calls
""",
        "tools.yaml": """\
- type: function
  function:
    name: get_weather
    parameters: {type: object, properties: {city: {type: string}}, required: [city]}
""",
    },
    "a model as judge": {
        "promptfooconfig.yaml": """\
prompts: ['Write a limerick about {{topic}}']
providers: [openai:chat:gpt-5-mini]
defaultTest:
  options:
    provider: {id: 'openai:chat:gpt-5', config: {apiKey: not-kept, temperature: 0}}
    rubricPrompt: |
      Judge: {{output}} by {{rubric}}
tests:
  - vars: {topic: tides}
    assert:
      - {type: llm-rubric, value: 'is about {{topic}}', threshold: 0.7}
      - {type: factuality, value: The moon makes tides, provider: 'openai:chat:gpt-4.1'}
      - {type: similar, value: A poem on tides, threshold: 0.5}
      - {type: select-best, value: the funniest}
""",
    },
    "sets, weights and metrics": {
        "promptfooconfig.yaml": """\
prompts: ['{{q}}']
providers: [openai:chat:gpt-5-mini]
evaluateOptions: {repeat: 2, maxConcurrency: 4}
tests:
  - vars: {q: Name two colours}
    threshold: 0.5
    assert:
      - type: assert-set
        threshold: 0.5
        weight: 3
        metric: colours
        assert:
          - {type: icontains, value: red, weight: 0}
          - {type: icontains-all, value: [blue, green]}
      - {type: cost, threshold: 0.01}
      - {type: rouge-n, value: red and blue, threshold: 0.2}
""",
    },
    "a configuration in JSON": {
        "promptfooconfig.json": '{"description": "json", "prompts": ["Say {{x}}"], "providers": ["openai:chat:gpt-5-mini"],\n'
        ' "tests": [{"vars": {"x": "hi"}, "assert": [{"type": "starts-with", "value": "h"}]}]}\n',
    },
    "prompts by pattern, label and Markdown": {
        "promptfooconfig.yaml": """\
prompts:
  - file://prompts/*.txt
  - {id: file://long.md, label: long}
  - {raw: 'Short: {{q}}', label: short}
  - file://table.csv
providers: [openai:chat:gpt-5-mini]
tests: [{vars: {q: why}}]
""",
        "prompts/a.txt": "First {{q}}\n",
        "prompts/b.txt": "Second {{q}}\n",
        "long.md": "# A question\n\n---\n\n{{q}}\n",
        "table.csv": "prompt,label\nFrom a table: {{q}},tabled\n",
    },
    "one's own endpoint, and prompts of its own": {
        "promptfooconfig.yaml": """\
prompts:
  - {raw: 'A {{q}}', label: a}
  - {raw: 'B {{q}}', label: b}
targets:
  - id: openai:chat:tiny
    label: here
    prompts: [b]
    config:
      apiBaseUrl: http://localhost:8080/v1
      apiKey: sk-not-kept
      temperature: 0.3
      max_tokens: 20
      stop: ['END']
      passthrough: {min_p: 0.1}
  - openrouter:meta/llama
tests: [{vars: {q: x}}]
""",
    },
    "what stands around a prompt": {
        "promptfooconfig.yaml": "prompts: ['Do {{task}}']\nproviders: [openai:chat:gpt-5-mini]\n"
        "defaultTest: {options: {prefix: 'Listen. ', suffix: ' Now.'}}\n"
        "tests:\n  - vars: {task: it}\n  - vars: {task: that}\n    options: {prefix: 'Please: '}\n  - file://t.csv\n",
        "t.csv": 'task,__prefix,__suffix,__metadata:tags[]\nthis,Hey , {{task}}!,"a, b\\, c"\n',
    },
    "prompts by file and name, as once": {
        "promptfooconfig.yaml": "prompts:\n  p1.txt: first\n  p2.txt: second\nproviders: openai:chat:gpt-5-mini\n"
        "tests: [{vars: {q: x}}]\n",
        "p1.txt": "One {{q}}",
        "p2.txt": "Two {{q}}",
    },
    "the notation of CSV": {
        "promptfooconfig.yaml": "prompts: ['{{q}}']\nproviders: [openai:chat:gpt-5-mini]\ntests: file://t.csv\n",
        "t.csv": "q,__expected\n"
        + "".join(
            f'{n},"{text}"\n'
            for n, text in enumerate(
                (
                    "plain text",
                    "equals: text",
                    "not-contains: a",
                    "contains-all: a, b ,c",
                    "similar(0.9): x",
                    "similar: x",
                    "rouge-n(0.1): x",
                    "latency(200)",
                    "is-json",
                    "contains-json: {type: array}".replace('"', '""'),
                    "grade: is polite",
                    "llm-rubric: is polite",
                    "cost(0.01)",
                    "levenshtein(3): abc",
                    "regex: ^a:b$",
                    "unknown-type: x",
                    "not-icontains-any: x,y",
                    "g-eval: is it good?",
                    "perplexity(5)",
                    "finish-reason: stop",
                    "starts-with:  Well",
                    "similar(-1): x",
                )
            )
        ),
    },
}

#: Evaluations of OpenAI's: the eval with its runs, and its rows.
OPENAI: dict[str, dict[str, str]] = {
    "an eval with its run and rows beside": {
        "tickets.json": """\
{"eval": {"object": "eval", "id": "eval_1", "name": "Tickets",
  "data_source_config": {"type": "custom", "include_sample_schema": true,
    "item_schema": {"type": "object", "properties": {"ticket": {"type": "string"}, "label": {"type": "string"}},
                    "required": ["ticket", "label"]}},
  "testing_criteria": [
    {"type": "string_check", "name": "label", "input": "{{ sample.output_text }}", "operation": "eq",
     "reference": "{{ item.label }}"},
    {"type": "text_similarity", "name": "near", "input": "{{sample.output_text}}", "reference": "{{item.label}}",
     "evaluation_metric": "fuzzy_match", "pass_threshold": 0.8},
    {"type": "label_model", "name": "polite", "model": "gpt-5-mini", "labels": ["yes", "no"], "passing_labels": ["yes"],
     "input": [{"role": "user", "content": "Polite? {{sample.output_text}}"}]}]},
 "runs": [{"object": "eval.run", "name": "short", "data_source": {"type": "completions", "model": "gpt-5-mini",
   "input_messages": {"type": "template", "template": [
      {"type": "message", "role": "developer", "content": {"type": "input_text", "text": "Answer with a label."}},
      {"role": "user", "content": "{{ item.ticket }}"}]},
   "sampling_params": {"temperature": 0, "max_completion_tokens": 5},
   "source": {"type": "file_id", "id": "file-abc"}}}]}
""",
        "tickets.jsonl": '{"item": {"ticket": "My screen is broken", "label": "hardware"}}\n'
        '{"item": {"ticket": "Where is my bill? {{x}}", "label": "billing"}}\n',
    },
    "exported items of a run": {
        "items.jsonl": '{"object": "eval.run.output_item", "datasource_item": {"q": "1+1"}, "results": '
        '[{"name": "sum", "passed": true, "score": 1}], "sample": {"input": [{"role": "user", "content": "1+1"}], '
        '"output": [{"role": "assistant", "content": "2"}]}}\n',
    },
}
