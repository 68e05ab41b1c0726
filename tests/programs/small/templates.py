# Code whose lines are those of something else, as templates and generators of code have them.
import ast
import linecache

TEMPLATE = """<ul>
{% for item in items %}
  <li>{{ item }}</li>
{% endfor %}
</ul>
"""


def translate(text):
    """One function whose statements stand at the template's lines, and not in order."""
    body = []
    for number, line in enumerate(text.splitlines(), 1):
        indent = "        " if "{{" in line else "    "
        if "{% for" in line:
            source = "    for item in items:"
        elif "{{" in line:
            source = indent + "out.append(str(item))"
        elif "{%" in line:
            continue
        else:
            source = "%sout.append(%r)" % (indent, line)
        body.append((number, source))
    tree = ast.parse("def render(items):\n    out = []\n" + "\n".join(source for _, source in body) + "\n    return out\n")
    function = tree.body[0]
    lines = iter([number for number, _ in body])
    for statement in function.body[1:-1]:
        place(statement, next(lines))
        for inner in getattr(statement, "body", []):
            place(inner, next(lines))
    place(function.body[-1], 1)
    return compile(tree, "page.html", "exec")


def place(statement, line):
    for node in ast.walk(statement):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line


def far():
    tree = ast.parse("a = 1\nb = a + 1\nc = [n for n in (a, b)]\n")
    ast.increment_lineno(tree, 9_000)
    names = {}
    exec(compile(tree, "far away.txt", "exec"), names)
    return names["c"]


space = {"__name__": "page"}
exec(translate(TEMPLATE), space)
print(space["render"]("ab"), far())
for name in ("twice", "twice"):
    # Two texts under one name.
    exec(compile("def f(x):\n    y = x\n    return y, %r\nvalue = f(1)\n" % name, "<generated>", "exec"), space)
    print(space["value"])
linecache.cache["<kept>"] = (10, None, ["z = 1\n", "w = z\n"], "<kept>")
exec(compile("z = 1\nw = z\n", "<kept>", "exec"), space)
print(space["w"], eval("f(\n  2\n)", space))
