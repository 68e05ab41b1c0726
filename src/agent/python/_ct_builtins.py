"""The builtins as they were before the program ran: it may put others in their place, such as a `len` of its own.

A module of the agent that says `from _ct_builtins import BUILTINS as __builtins__` ahead of its functions has them
look there. Those of Python's library that it uses are written in C.
"""
import builtins

BUILTINS = dict(builtins.__dict__)
