import sys

from . import CalcError
from .backend import Machine, compile_program
from .parser import Parser

SAMPLES = {
    "primes": """
n = 2;
while n < 12 {
  d = 2; prime = 1;
  while d * d <= n { if n % d == 0 { prime = 0; } d = d + 1; }
  if prime { print n; }
  n = n + 1;
}
""",
    "functions": """
def fib(n) { if n < 2 { return n; } return fib(n - 1) + fib(n - 2); }
def power(base, exponent) { r = 1; while exponent > 0 { r = r * base; exponent = exponent - 1; } return r; }
print fib(4), power(2, 12), -2 ** 2, 2 ** 3 ** 2, 7 / 2, 8 / 2;
""",
    "zero": "x = 1;\nprint x / (x - 1);",
    "syntax": "x = ;",
    "unknown": "print y;",
    "endless": "def f(n) { return f(n + 1); } f(0);",
    "lexer": "a = 1;\nb = a $ 2;",
    "else": "if 1 > 2 { print 1; } else { print 2; }",
}


def run(source):
    output = []
    try:
        code, functions = compile_program(Parser(source).program())
        machine = Machine(code, functions, output.append)
        executed = machine.run()
    except CalcError as error:
        output.append("error: %s" % error)
        executed = None
    return output, executed


def main(arguments):
    names = arguments or sorted(SAMPLES)
    failed = 0
    for name in names:
        if name not in SAMPLES:
            print("no sample named", name, file=sys.stderr)
            failed += 1
            continue
        output, executed = run(SAMPLES[name])
        print("%s: %s" % (name, "" if executed is None else "%d instructions" % executed))
        for line in output:
            print("   ", line)
    return 3 if failed else 0
