"""A JSON parser in Python, with the text that it reads, the objects that it builds and its own place at hand. Takes a
number of people."""

import sys


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def value(self):
        self.blank()
        character = self.text[self.at]
        if character == "{":
            return self.object()
        if character == "[":
            return self.array()
        if character == '"':
            return self.string()
        return self.word()

    def blank(self):
        while self.at < len(self.text) and self.text[self.at] in " \n":
            self.at += 1

    def object(self):
        found = {}
        self.at += 1
        while True:
            self.blank()
            if self.text[self.at] == "}":
                self.at += 1
                return found
            key = self.string()
            self.blank()
            self.at += 1
            found[key] = self.value()
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1

    def array(self):
        found = []
        self.at += 1
        while True:
            self.blank()
            if self.text[self.at] == "]":
                self.at += 1
                return found
            found.append(self.value())
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1

    def string(self):
        self.at += 1
        start = self.at
        while self.text[self.at] != '"':
            self.at += 1
        self.at += 1
        return self.text[start:self.at - 1]

    def word(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in " ,]}\n":
            self.at += 1
        word = self.text[start:self.at]
        return {"true": True, "false": False, "null": None}.get(word, word)


def document(people):
    lines = []
    for number in range(people):
        lines.append(
            '{"name": "person %d", "age": %d, "tags": ["a", "b%d"], "home": {"street": "Road %d", "open": true}}'
            % (number, number % 90, number % 7, number)
        )
    return "[%s]" % ",\n ".join(lines)


text = document(int(sys.argv[1]) if len(sys.argv) > 1 else 54)
print(len(Parser(text).value()), len(text))
