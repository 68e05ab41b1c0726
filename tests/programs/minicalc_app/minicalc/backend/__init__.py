from .compiler import compile_program
from .machine import Machine

__all__ = ["Machine", "compile_program"]
