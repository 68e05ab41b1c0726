"""Precedence climbing; the tree is made of tuples."""

from .errors import CalcError
from .lexer import tokenize

LEVELS = {"==": 1, "!=": 1, "<": 2, ">": 2, "<=": 2, ">=": 2, "+": 3, "-": 3, "*": 4, "/": 4, "%": 4, "**": 6}
RIGHT = {"**"}


class Parser:
    def __init__(self, text):
        self.tokens = tokenize(text)
        self.token = next(self.tokens)

    def advance(self):
        token = self.token
        self.token = next(self.tokens, token)
        return token

    def at(self, text):
        return self.token.text == text and self.token.kind != "end"

    def expect(self, text):
        if not self.at(text):
            raise CalcError("expected %r, found %r" % (text, self.token.text or "the end"), self.token.line)
        return self.advance()

    def program(self):
        statements = []
        while self.token.kind != "end":
            statements.append(self.statement())
        return ("block", statements)

    def block(self):
        self.expect("{")
        statements = []
        while not self.at("}"):
            statements.append(self.statement())
        self.expect("}")
        return ("block", statements)

    def statement(self):
        if self.token.kind == "name":
            handler = getattr(self, "parse_" + self.token.text, None)
            if handler is not None:
                self.advance()
                return handler()
        expression = self.expression()
        if self.at("="):
            if expression[0] != "name":
                raise CalcError("cannot assign to that", self.token.line)
            self.advance()
            statement = ("set", expression[1], self.expression())
        else:
            statement = ("drop", expression)
        self.expect(";")
        return statement

    def parse_print(self):
        values = [self.expression()]
        while self.at(","):
            self.advance()
            values.append(self.expression())
        self.expect(";")
        return ("print", values)

    def parse_while(self):
        return ("while", self.expression(), self.block())

    def parse_if(self):
        test, body = self.expression(), self.block()
        other = ("block", [])
        if self.at("else"):
            self.advance()
            other = self.block()
        return ("if", test, body, other)

    def parse_def(self):
        name = self.advance().text
        self.expect("(")
        names = []
        while not self.at(")"):
            names.append(self.advance().text)
            if not self.at(")"):
                self.expect(",")
        self.expect(")")
        return ("def", name, names, self.block())

    def parse_return(self):
        value = self.expression()
        self.expect(";")
        return ("return", value)

    def expression(self, level=1):
        left = self.unary()
        while self.token.kind == "operator" and LEVELS.get(self.token.text, 0) >= level:
            operator = self.advance().text
            right_level = LEVELS[operator] + (operator not in RIGHT)
            left = ("binary", operator, left, self.expression(right_level))
        return left

    def unary(self):
        if self.at("-"):
            self.advance()
            return ("negate", self.expression(5))
        token = self.advance()
        if token.kind == "number":
            return ("number", float(token.text) if "." in token.text else int(token.text))
        if token.kind == "name":
            if self.at("("):
                self.advance()
                arguments = []
                while not self.at(")"):
                    arguments.append(self.expression())
                    if not self.at(")"):
                        self.expect(",")
                self.expect(")")
                return ("call", token.text, arguments)
            return ("name", token.text)
        if token.text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        raise CalcError("unexpected %r" % (token.text or "end"), token.line)
