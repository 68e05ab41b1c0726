"""Markdown to plain text: headings, lists, quotes, tables, code, and paragraphs set flush on both sides."""

import re
import sys

SOURCE = """\
# The Life of *Lines*

A paragraph is broken into lines so that the **raggedness** of them all is smallest, not line
by line; that is what *Knuth* found for TeX. Here is the `simple` version.

## Kinds of blocks

- a first item, short
- a second item that is long enough to need a second line when it is set in a narrow column
    - nested once
    - nested twice, with *emphasis*
- a third item

1. one
2. two, followed by some more text so that the number hangs to the left of the paragraph

> Quoted text is set narrower, and each of its lines gets a bar on its left. Nothing else
> is special about it.

```
code stays    as it is
    with its indentation
```

| name   | count | share |
|:-------|------:|:-----:|
| apples | 12    | 40%   |
| pears  | 9     | 30%   |
| \u00e9toile | 9 | 30% |

[A link](http://example.org/) and an escaped \\* star; a tr\u00e8s long word follows:
Donaudampfschifffahrtsgesellschaftskapit\u00e4nswitwe.

---
The end.
"""


class Block:
    indent = 0

    def render(self, width):
        raise NotImplementedError


class Heading(Block):
    def __init__(self, level, text):
        self.level, self.text = level, text

    def render(self, width):
        text = inline(self.text)
        underline = "=" if self.level == 1 else "-"
        return [text.upper() if self.level == 1 else text, underline * len(text)]


class Paragraph(Block):
    def __init__(self, text):
        self.text = text

    def render(self, width):
        return justify(inline(self.text).split(), width)


class Code(Block):
    def __init__(self, lines):
        self.lines = lines

    def render(self, width):
        return ["    " + line for line in self.lines]


class Rule(Block):
    def render(self, width):
        return ["* * *".center(width).rstrip()]


class Quote(Block):
    def __init__(self, text):
        self.inner = Paragraph(text)

    def render(self, width):
        return ["| " + line for line in self.inner.render(width - 2)]


class Item(Block):
    def __init__(self, marker, level, text):
        self.marker, self.level, self.inner = marker, level, Paragraph(text)

    def render(self, width):
        lead = "  " * self.level + self.marker + " "
        lines = self.inner.render(width - len(lead))
        return [(lead if number == 0 else " " * len(lead)) + line for number, line in enumerate(lines)]


class Table(Block):
    def __init__(self, rows):
        self.header = rows[0]
        self.alignment = [self.kind(cell) for cell in rows[1]]
        self.rows = rows[2:]

    @staticmethod
    def kind(cell):
        left, right = cell.startswith(":"), cell.endswith(":")
        return "center" if left and right else "rjust" if right else "ljust"

    def render(self, width):
        table = [self.header] + self.rows
        widths = [max(len(row[column]) for row in table) for column in range(len(self.header))]
        lines = []
        for row in table:
            cells = [getattr(cell, how)(size) for cell, how, size in zip(row, self.alignment, widths)]
            lines.append("  ".join(cells).rstrip())
        lines.insert(1, "  ".join("-" * size for size in widths))
        return lines


def inline(text):
    text = re.sub(r"\[([^]]*)\]\(([^)]*)\)", lambda match: "%s <%s>" % match.groups(), text)
    out = []
    skip = False
    for char in text:
        if skip:
            out.append(char)
            skip = False
        elif char == "\\":
            skip = True
        elif char in "*`":
            continue
        else:
            out.append(char)
    return "".join(out)


def justify(words, width):
    """Breaks words into lines of least total badness, then stretches every line but the last."""
    count = len(words)
    best = [0.0] * (count + 1)
    following = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        best[start] = float("inf")
        length = -1
        for end in range(start, count):
            length += 1 + len(words[end])
            if length > width and end > start:
                break
            slack = max(width - length, 0)
            cost = 0.0 if end == count - 1 else float(slack ** 2)
            if length > width:
                cost = 1000.0
            total = cost + best[end + 1]
            if total < best[start]:
                best[start] = total
                following[start] = end + 1
    lines = []
    start = 0
    while start < count:
        end = following[start]
        lines.append(stretch(words[start:end], width) if end < count else " ".join(words[start:end]))
        start = end
    return lines


def stretch(words, width):
    gaps = len(words) - 1
    if gaps < 1:
        return "".join(words)
    spaces = width - sum(map(len, words))
    base, extra = divmod(spaces, gaps)
    pieces = []
    for number, word in enumerate(words[:-1]):
        # The wide gaps alternate sides, so that no river forms.
        wide = number < extra if len(words) % 2 else number >= gaps - extra
        pieces.append(word + " " * (base + wide))
    return "".join(pieces) + words[-1]


def blocks(lines):
    """Splits a document into blocks, one line of look-ahead at a time."""
    pending = []

    def flush():
        nonlocal pending
        if pending:
            block = Paragraph(" ".join(pending))
            pending = []
            return [block]
        return []

    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        heading = re.match(r"(#+)\s+(.*)", line)
        item = re.match(r"(\s*)(-|\d+\.)\s+(.*)", line)
        if not line.strip():
            yield from flush()
        elif heading:
            yield from flush()
            yield Heading(len(heading.group(1)), heading.group(2))
        elif line.startswith("```"):
            yield from flush()
            code = []
            while not lines[position].startswith("```"):
                code.append(lines[position])
                position += 1
            position += 1
            yield Code(code)
        elif line == "---":
            yield from flush()
            yield Rule()
        elif line.startswith(">"):
            yield from flush()
            quoted = [line[1:].strip()]
            while position < len(lines) and lines[position].startswith(">"):
                quoted.append(lines[position][1:].strip())
                position += 1
            yield Quote(" ".join(quoted))
        elif line.startswith("|"):
            yield from flush()
            rows = [line]
            while position < len(lines) and lines[position].startswith("|"):
                rows.append(lines[position])
                position += 1
            yield Table([[cell.strip() for cell in row.strip("|").split("|")] for row in rows])
        elif item:
            yield from flush()
            marker = "\u2022" if item.group(2) == "-" else item.group(2)
            yield Item(marker, len(item.group(1)) // 4, item.group(3))
        else:
            pending.append(line.strip())
    yield from flush()


def render(source, width):
    previous = None
    for block in blocks(source.splitlines()):
        if previous is not None and not (isinstance(block, Item) and isinstance(previous, Item)):
            yield ""
        yield from block.render(width)
        previous = block


def main(arguments):
    widths = [int(argument) for argument in arguments] or [44]
    for width in widths:
        print("=" * 8, "width", width)
        for line in render(SOURCE, width):
            # Written as ASCII with escapes, so that the output is the same in every locale.
            print(line.encode("ascii", "backslashreplace").decode("ascii"))


if __name__ == "__main__":
    main(sys.argv[1:])
