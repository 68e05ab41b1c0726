import operator

from ..errors import CalcError

OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "%": operator.mod, "**": operator.pow,
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}


def divide(left, right):
    if right == 0:
        raise CalcError("division by zero")
    quotient = left / right
    return int(quotient) if quotient == int(quotient) else quotient


OPERATORS["/"] = divide


class Machine:
    def __init__(self, code, functions, output):
        self.code, self.functions, self.output = code, functions, output
        self.stack = []
        self.frames = [(None, {})]
        self.executed = 0

    def run(self):
        position = 0
        while True:
            operation, argument = self.code[position]
            self.executed += 1
            if operation == "halt":
                return self.executed
            position = getattr(self, "do_" + operation)(argument, position + 1)

    def do_push(self, value, following):
        self.stack.append(value)
        return following

    def do_pop(self, _, following):
        self.stack.pop()
        return following

    def do_load(self, name, following):
        scope = self.frames[-1][1]
        if name not in scope:
            scope = self.frames[0][1]
        try:
            self.stack.append(scope[name])
        except KeyError:
            raise CalcError("unknown name " + name) from None
        return following

    def do_store(self, name, following):
        self.frames[-1][1][name] = self.stack.pop()
        return following

    def do_negate(self, _, following):
        self.stack.append(-self.stack.pop())
        return following

    def do_binary(self, symbol, following):
        right, left = self.stack.pop(), self.stack.pop()
        self.stack.append(OPERATORS[symbol](left, right))
        return following

    def do_print(self, count, following):
        values = self.stack[-count:]
        del self.stack[-count:]
        self.output(" ".join(str(value) for value in values))
        return following

    def do_jump(self, target, _):
        return target

    def do_unless(self, target, following):
        return following if self.stack.pop() else target

    def do_call(self, what, following):
        name, count = what
        if name not in self.functions:
            raise CalcError("unknown function " + name)
        start, names = self.functions[name]
        if count != len(names):
            raise CalcError("%s takes %d arguments, not %d" % (name, len(names), count))
        if len(self.frames) > 50:
            raise CalcError("too deep")
        values = self.stack[len(self.stack) - count:]
        del self.stack[len(self.stack) - count:]
        self.frames.append((following, dict(zip(names, values))))
        return start

    def do_return(self, _, following):
        following, _ = self.frames.pop()
        if following is None:
            raise CalcError("return outside of a function")
        return following
