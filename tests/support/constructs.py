"""An answer that holds every construct of Markdown that models write, as long as wanted."""

from __future__ import annotations

_PART = """\
## Part {n}: *all* that there `is`

Text with **bold**, *italic*, ~~struck~~, `code`, [a link](https://example.com/{n}), <https://example.com/{n}>,
![an image](https://example.com/{n}.png), a note[^{n}], \\(x_{n}^2 + y\\), $a*b*c$ and an entity &amp; more,\\
a hard break, 中文 **粗体**，with signs 👩‍👩‍👧 🇦🇹 and é.

[^{n}]: The note says little
    in two lines.

### Lists

- one
    - below it, with `code`
        - deeper

          and a paragraph of its own
- [ ] a task
- [x] done

1. first
2. then
    ```sh
    echo {n}
    ```

Term {n}
: What it means
: and what it means, too

> A quotation
> > in a quotation
>
> - with a list

| name | count | share | what |
|---|---|---:|:-:|
| part {n} | {n},000 | {n}.5% | a cell with [a link](https://example.com) and **bold** words that fold |
| other<br>line | -3 | 0.1% | \\| |

| one | table | of | many | columns | that | is | wide | for | most | windows |
|---|---|---|---|---|---|---|---|---|---|---|
| temperature | top_p | presence_penalty | frequency_penalty | {n} | 1 | 2 | 3 | 4 | 5 | 6 |

```python
class Part{n}(Base):
    \"\"\"Say what it is.\"\"\"

    def sum(self, values: list[float], start: float = {n}.0) -> float:
        # a comment
        return sum((value ** 2 for value in values), start) if values else "none"  # noqa
```

```json
{{"part": {n}, "of": ["a", true, null]}}
```

    code by indentation {n}

\\[
\\sum_{{i=1}}^{{{n}}} i = \\frac{{n(n+1)}}{{2}}
\\]

Heading by a line
-----------------

***

"""


def document(characters: int) -> str:
    """Give at least so many characters: whole parts, each with every construct."""
    parts: list[str] = []
    length = 0
    while length < characters:
        parts.append(_PART.format(n=len(parts) + 1))
        length += len(parts[-1])
    return "".join(parts)
