"""A small Lisp: reader, evaluator with tail calls, closures, macros, and a test session."""

import operator as op


class LispError(Exception):
    """Anything that is wrong with the Lisp program, not with this one."""


class Symbol(str):
    """A name; a class of its own so that text and names can be told apart."""

    __slots__ = ()

    table = {}

    @classmethod
    def intern(cls, name):
        if name not in cls.table:
            cls.table[name] = cls(name)
        return cls.table[name]


QUOTE = Symbol.intern("quote")
IF = Symbol.intern("if")
DEFINE = Symbol.intern("define")
SET = Symbol.intern("set!")
LAMBDA = Symbol.intern("lambda")
BEGIN = Symbol.intern("begin")
LET = Symbol.intern("let")
COND = Symbol.intern("cond")
ELSE = Symbol.intern("else")
MACRO = Symbol.intern("define-macro")


def tokenize(text):
    tokens = []
    position = 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
        elif char == ";":
            while position < len(text) and text[position] != "\n":
                position += 1
        elif char in "()'":
            tokens.append(char)
            position += 1
        elif char == '"':
            end = text.index('"', position + 1)
            tokens.append(text[position:end + 1])
            position = end + 1
        else:
            start = position
            while position < len(text) and not text[position].isspace() and text[position] not in "()'":
                position += 1
            tokens.append(text[start:position])
    return tokens


def atom(token):
    if token == "#t":
        return True
    if token == "#f":
        return False
    if token.startswith('"'):
        return token[1:-1]
    try:
        return int(token)
    except ValueError:
        pass
    try:
        return float(token)
    except ValueError:
        return Symbol.intern(token)


class Reader:
    def __init__(self, tokens):
        self.tokens = tokens
        self.position = 0

    def __iter__(self):
        while self.position < len(self.tokens):
            yield self.read()

    def read(self):
        token = self.tokens[self.position]
        self.position += 1
        if token == "(":
            items = []
            while True:
                if self.position >= len(self.tokens):
                    raise LispError("unexpected end of input")
                if self.tokens[self.position] == ")":
                    self.position += 1
                    return items
                items.append(self.read())
        if token == ")":
            raise LispError("unexpected )")
        if token == "'":
            return [QUOTE, self.read()]
        return atom(token)


class Environment(dict):
    def __init__(self, names=(), values=(), outer=None):
        super().__init__(zip(names, values))
        self.outer = outer

    def find(self, name):
        scope = self
        while scope is not None:
            if name in scope:
                return scope
            scope = scope.outer
        raise LispError("unbound name: " + name)


class Procedure:
    def __init__(self, names, body, environment):
        self.names = names
        self.body = body
        self.environment = environment

    def bind(self, arguments):
        if len(arguments) != len(self.names):
            raise LispError("expected %d arguments, got %d" % (len(self.names), len(arguments)))
        return Environment(self.names, arguments, self.environment)

    def __call__(self, *arguments):
        scope = self.bind(arguments)
        result = None
        for expression in self.body:
            result = evaluate(expression, scope)
        return result


def add(*numbers):
    total = 0
    for number in numbers:
        total += number
    return total


def make_globals():
    scope = Environment()
    primitives = {
        "+": add,
        "-": lambda a, b=None: -a if b is None else a - b,
        "*": op.mul,
        "/": op.truediv,
        "quotient": op.floordiv,
        "remainder": op.mod,
        "=": op.eq,
        "<": op.lt,
        ">": op.gt,
        "<=": op.le,
        "car": lambda xs: xs[0],
        "cdr": lambda xs: xs[1:],
        "cons": lambda x, xs: [x] + xs,
        "list": lambda *xs: list(xs),
        "append": lambda *lists: sum(lists, []),
        "length": len,
        "null?": lambda xs: xs == [],
        "not": op.not_,
    }
    for name, function in primitives.items():
        scope[Symbol.intern(name)] = function
    return scope


MACROS = {}


def expand_let(form):
    bindings, body = form[1], form[2:]
    names = [binding[0] for binding in bindings]
    values = [binding[1] for binding in bindings]
    return [[LAMBDA, names] + body] + values


def expand_cond(clauses):
    if not clauses:
        return False
    test, *body = clauses[0]
    if test is ELSE:
        return [BEGIN] + body
    return [IF, test, [BEGIN] + body, expand_cond(clauses[1:])]


def evaluate(expression, scope):
    while True:
        if isinstance(expression, Symbol):
            return scope.find(expression)[expression]
        if not isinstance(expression, list):
            return expression
        if not expression:
            raise LispError("an empty form")
        head = expression[0]
        if head is QUOTE:
            return expression[1]
        if head is IF:
            test = evaluate(expression[1], scope)
            if test is not False:
                expression = expression[2]
            elif len(expression) > 3:
                expression = expression[3]
            else:
                return None
        elif head is DEFINE:
            target = expression[1]
            if isinstance(target, list):
                scope[target[0]] = Procedure(target[1:], expression[2:], scope)
            else:
                scope[target] = evaluate(expression[2], scope)
            return None
        elif head is SET:
            scope.find(expression[1])[expression[1]] = evaluate(expression[2], scope)
            return None
        elif head is LAMBDA:
            return Procedure(expression[1], expression[2:], scope)
        elif head is BEGIN:
            for part in expression[1:-1]:
                evaluate(part, scope)
            expression = expression[-1]
        elif head is LET:
            expression = expand_let(expression)
        elif head is COND:
            expression = expand_cond(expression[1:])
        elif head is MACRO:
            MACROS[expression[1]] = evaluate(expression[2], scope)
            return None
        elif isinstance(head, Symbol) and head in MACROS:
            expression = MACROS[head](*expression[1:])
        else:
            function, *arguments = [evaluate(part, scope) for part in expression]
            if isinstance(function, Procedure):
                scope = function.bind(arguments)
                for part in function.body[:-1]:
                    evaluate(part, scope)
                expression = function.body[-1]
            elif callable(function):
                return function(*arguments)
            else:
                raise LispError("not a procedure: " + show(function))


def show(value):
    if value is True:
        return "#t"
    if value is False:
        return "#f"
    if value is None:
        return ""
    if isinstance(value, list):
        return "(" + " ".join(show(item) for item in value) + ")"
    if isinstance(value, Procedure):
        return "<procedure of %d>" % len(value.names)
    return str(value)


SESSION = """
(define (square x) (* x x))
(square 12)
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1)))))
(fact 6)
(define (loop i total) (if (= i 0) total (loop (- i 1) (+ total i))))
(loop 9 0)                           ; a tail call
(define (compose f g) (lambda (x) (f (g x))))
((compose square square) 3)
(define counter
  (let ((n 0)) (lambda () (begin (set! n (+ n 1)) n))))
(counter)
(counter)
(define (map f xs) (if (null? xs) '() (cons (f (car xs)) (map f (cdr xs)))))
(map (lambda (x) (* x 1.5)) '(1 2 3))
(define (sort xs)
  (if (null? xs) '()
      (let ((pivot (car xs)))
        (append (sort (pick (lambda (x) (< x pivot)) (cdr xs)))
                (list pivot)
                (sort (pick (lambda (x) (not (< x pivot))) (cdr xs)))))))
(define (pick p xs)
  (cond ((null? xs) '())
        ((p (car xs)) (cons (car xs) (pick p (cdr xs))))
        (else (pick p (cdr xs)))))
(sort '(3 1 2))
(define-macro unless (lambda (test body) (list 'if test #f body)))
(unless (< 2 1) "not less")
(undefined-name 1)
(fact 1 2)
(1 2 3)
fact
"""


def main():
    scope = make_globals()
    for number, expression in enumerate(Reader(tokenize(SESSION)), 1):
        try:
            result = evaluate(expression, scope)
        except LispError as error:
            print("%2d error: %s" % (number, error))
        else:
            text = show(result)
            if text:
                print("%2d %s" % (number, text))
    try:
        list(Reader(tokenize("(1 (2")))
    except LispError as error:
        print("incomplete:", error)


if __name__ == "__main__":
    main()
