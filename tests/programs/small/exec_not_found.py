"""Attempts to become another program, with the functions for it in variables."""
import os
from os import execv, execve

ATTEMPTS = [execv, execve, os.execvp]
become = os.execv


def attempt(path):
    call = become
    also = {"execve": execve}
    try:
        call(path, [path])
    except FileNotFoundError as error:
        return type(error).__name__, len(also)


class Holder:
    method = os.execve


print(attempt("/no/such/file"))
try:
    Holder().method("/no/such/file", ["x"], {})
except FileNotFoundError:
    print("not this one")
try:
    os.execlp("no-such-program", "x")
except FileNotFoundError:
    print("not in PATH")
print(len(ATTEMPTS), [f.__name__ for f in ATTEMPTS])
