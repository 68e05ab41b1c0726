SOURCE = """
def made(n):
    total = 0
    for i in range(n):
        total += i
    return total
value = made(5)
"""

namespace = {"__name__": "generated"}
exec(SOURCE, namespace)
print(namespace["value"], namespace["made"](4))
print(eval("value + 1", namespace), eval("[x * 2 for x in range(3)]"))
code = compile("a = 1\nb = a + 1\n", "template.txt", "exec")
scope = {}
exec(code, scope)
print(scope["b"])
# Line numbers far beyond the end of any file, as templates have them.
shifted = compile("\n" * 500 + "late = 'line 501'\n", "<template shifted>", "exec")
exec(shifted, scope)
print(scope["late"])


def local_exec():
    names = {}
    exec("inside = [n for n in range(3)]", {}, names)
    return names


print(local_exec(), eval(compile("1 + 1", "<expression>", "eval")))
try:
    exec("def broken(:\n  pass")
except SyntaxError as error:
    print(error.filename, error.lineno)
try:
    exec("x = 1\ny = 1 / 0\n")
except ZeroDivisionError as error:
    print(error, error.__traceback__.tb_next.tb_lineno)
