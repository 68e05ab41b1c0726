"""A calculator with variables and functions, compiled to a small stack machine."""

from .errors import CalcError
from .lexer import Token, tokenize

__version__ = "1.2"
__all__ = ["CalcError", "Token", "tokenize"]
