"""The interpreter's instructions. Where the agent comes as bytecode, just these tables stand here in place of `opcode`,
which is slow to import (tools/build/bytecode.py).
"""
from opcode import cmp_op, hasjabs, hasjrel, opmap  # noqa: F401
