from ..errors import CalcError


class Compiler:
    def __init__(self):
        self.code = []
        self.functions = {}

    def emit(self, operation, argument=None):
        self.code.append([operation, argument])
        return len(self.code) - 1

    def visit(self, node):
        getattr(self, "visit_" + node[0])(*node[1:])

    def visit_block(self, statements):
        for statement in statements:
            self.visit(statement)

    def visit_number(self, value):
        self.emit("push", value)

    def visit_name(self, name):
        self.emit("load", name)

    def visit_set(self, name, value):
        self.visit(value)
        self.emit("store", name)

    def visit_drop(self, value):
        self.visit(value)
        self.emit("pop")

    def visit_negate(self, value):
        self.visit(value)
        self.emit("negate")

    def visit_binary(self, operator, left, right):
        self.visit(left)
        self.visit(right)
        self.emit("binary", operator)

    def visit_print(self, values):
        for value in values:
            self.visit(value)
        self.emit("print", len(values))

    def visit_if(self, test, body, other):
        self.visit(test)
        skip = self.emit("unless")
        self.visit(body)
        leave = self.emit("jump")
        self.code[skip][1] = len(self.code)
        self.visit(other)
        self.code[leave][1] = len(self.code)

    def visit_while(self, test, body):
        start = len(self.code)
        self.visit(test)
        leave = self.emit("unless")
        self.visit(body)
        self.emit("jump", start)
        self.code[leave][1] = len(self.code)

    def visit_def(self, name, names, body):
        if name in self.functions:
            raise CalcError("%s is defined twice" % name)
        skip = self.emit("jump")
        self.functions[name] = (len(self.code), names)
        self.visit(body)
        self.emit("push", 0)
        self.emit("return")
        self.code[skip][1] = len(self.code)

    def visit_return(self, value):
        self.visit(value)
        self.emit("return")

    def visit_call(self, name, arguments):
        for argument in arguments:
            self.visit(argument)
        self.emit("call", (name, len(arguments)))


def compile_program(tree):
    compiler = Compiler()
    compiler.visit(tree)
    compiler.emit("halt")
    return compiler.code, compiler.functions
