"""A JSON parser and printer written by hand, checked against the standard library's."""

import json

ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonError(ValueError):
    def __init__(self, message, text, position):
        self.line = text.count("\n", 0, position) + 1
        self.column = position - text.rfind("\n", 0, position)
        super().__init__("%s at %d:%d" % (message, self.line, self.column))


class Parser:
    def __init__(self, text):
        self.text = text
        self.position = 0
        self.depth = 0
        self.deepest = 0

    def parse(self):
        value = self.value()
        self.blank()
        if self.position < len(self.text):
            self.fail("something follows the value")
        return value

    def fail(self, message):
        raise JsonError(message, self.text, self.position)

    def peek(self):
        return self.text[self.position] if self.position < len(self.text) else ""

    def blank(self):
        while self.peek() and self.peek() in " \t\r\n":
            self.position += 1

    def value(self):
        self.blank()
        char = self.peek()
        if char == "{":
            return self.nested(self.members)
        if char == "[":
            return self.nested(self.elements)
        if char == '"':
            return self.string()
        if char == "-" or char.isdigit():
            return self.number()
        for word, meaning in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.position):
                self.position += len(word)
                return meaning
        self.fail("no value" if char else "the text ends")

    def nested(self, reader):
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        try:
            return reader()
        finally:
            self.depth -= 1

    def members(self):
        result = {}
        self.position += 1
        self.blank()
        if self.peek() == "}":
            self.position += 1
            return result
        while True:
            self.blank()
            if self.peek() != '"':
                self.fail("expected a key")
            key = self.string()
            self.blank()
            if self.peek() != ":":
                self.fail("expected ':'")
            self.position += 1
            result[key] = self.value()
            self.blank()
            if self.peek() == "}":
                self.position += 1
                return result
            if self.peek() != ",":
                self.fail("expected ',' or '}'")
            self.position += 1

    def elements(self):
        result = []
        self.position += 1
        self.blank()
        if self.peek() == "]":
            self.position += 1
            return result
        while True:
            result.append(self.value())
            self.blank()
            if self.peek() == "]":
                self.position += 1
                return result
            if self.peek() != ",":
                self.fail("expected ',' or ']'")
            self.position += 1

    def string(self):
        pieces = []
        self.position += 1
        while True:
            char = self.peek()
            if not char:
                self.fail("a string that does not end")
            self.position += 1
            if char == '"':
                return "".join(pieces)
            if char == "\\":
                pieces.append(self.escape())
            elif char < " ":
                self.position -= 1
                self.fail("a control character")
            else:
                pieces.append(char)

    def escape(self):
        char = self.peek()
        self.position += 1
        if char in ESCAPES:
            return ESCAPES[char]
        if char != "u":
            self.position -= 1
            self.fail("an unknown escape")
        code = self.hex4()
        if 0xD800 <= code < 0xDC00 and self.text.startswith("\\u", self.position):
            self.position += 2
            low = self.hex4()
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        return chr(code)

    def hex4(self):
        digits = self.text[self.position:self.position + 4]
        try:
            code = int(digits, 16)
        except ValueError:
            self.fail("expected four hexadecimal digits")
        self.position += 4
        return code

    def number(self):
        start = self.position
        if self.peek() == "-":
            self.position += 1
        self.digits()
        is_float = False
        if self.peek() == ".":
            is_float = True
            self.position += 1
            self.digits()
        if self.peek() and self.peek() in "eE":
            is_float = True
            self.position += 1
            if self.peek() and self.peek() in "+-":
                self.position += 1
            self.digits()
        literal = self.text[start:self.position]
        return float(literal) if is_float else int(literal)

    def digits(self):
        start = self.position
        while self.peek().isdigit():
            self.position += 1
        if self.position == start:
            self.fail("expected a digit")


def dump(value, indent=0):
    pad = "  " * indent
    if isinstance(value, dict):
        if not value:
            return "{}"
        lines = ['%s  "%s": %s' % (pad, key, dump(value[key], indent + 1)) for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + "\n" + pad + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(item, indent + 1) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    return repr(value)


DOCUMENT = r"""
{ "name": "trace \u00e9\ud83d\ude00", "version": 3, "ratio": -0.125, "big": 123456789012345678901234567890,
  "tags": ["a", "b\n", "\"quoted\"", ""], "empty": {}, "none": null, "flags": [true, false],
  "nested": {"list": [[1, [2, [3]]], []], "exponents": [1e3, 2.5E-2, 1E+2]},
  "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }
"""

BROKEN = ["", "[1, 2", '{"a" 1}', '{"a": 1,}', "[1 2]", '"\\x"', '"\\u12g4"', "tru", "-", "1.", '"\x01"', "[] []",
          "{1: 2}", '"open']


def main():
    parser = Parser(DOCUMENT)
    value = parser.parse()
    print(dump(value))
    print("deepest level:", parser.deepest, "same as json:", value == json.loads(DOCUMENT))
    again = Parser(dump(value)).parse()
    print("round trip:", again == value)
    for text in BROKEN:
        try:
            result = Parser(text).parse()
        except JsonError as error:
            print("%-10r %s" % (text, error))
        else:
            print("%-10r gave %r" % (text, result))


if __name__ == "__main__":
    main()
