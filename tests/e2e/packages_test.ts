/**
 * Well-known packages that nobody here wrote: programs that use them give the same output and exit status under the
 * recorder, and a trace that every reader accepts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { installed } from "../support/packages.ts";
import {
  EACH_OBSERVER,
  emptyEnvironment,
  forEachPython,
  needsPythons,
} from "../support/pythons.ts";
import { withFolder } from "../support/recorder.ts";
import { sameAsWithout } from "../support/same.ts";

needsPythons(EACH_OBSERVER);

/** The last versions that all Pythons from 3.8 up can use. */
const REQUIREMENTS = [
  "Markdown==3.7",
  "Jinja2==3.1.6",
  "docutils==0.20.1",
  "Pygments==2.19.1",
  "attrs==25.3.0",
  "click==8.1.8",
];

const programs: Readonly<Record<string, string>> = {
  markdown: `import markdown
text = "# Title\\n\\nA *paragraph* with \`code\`.\\n\\n- one\\n- two\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n"
print(markdown.markdown(text, extensions=["tables"]))
`,
  jinja2: `import jinja2
environment = jinja2.Environment(loader=jinja2.DictLoader({
    "base": "<{% block body %}{% endblock %}>",
    "page": "{% extends 'base' %}{% block body %}{% for n in numbers if n % 2 %}{{ loop.index }}:{{ n|upper }} {% endfor %}{% endblock %}",
    "broken": "{{ 1 / 0 }}"}), autoescape=True)
print(environment.get_template("page").render(numbers=range(6)), environment.from_string("{{ x }}").render(x="<&>"))
try: environment.get_template("broken").render()
except ZeroDivisionError as error: print("line", error.__traceback__.tb_next.tb_next.tb_lineno)
try: environment.from_string("{% if %}")
except jinja2.TemplateSyntaxError as error: print(error)
environment.get_template("missing")
`,
  docutils: `from docutils.core import publish_string
source = "Title\\n=====\\n\\nA *paragraph* [#]_.\\n\\n* item\\n\\n.. [#] note\\n\\n.. unknown::\\n"
print(publish_string(source, writer_name="pseudoxml", settings_overrides={"_disable_config": True, "report_level": 2}).decode())
`,
  pygments: `from pygments import highlight
from pygments.formatters import HtmlFormatter, NullFormatter
from pygments.lexers import get_lexer_by_name
print(highlight("def f(x):\\n    return 'a' + x  # done\\n", get_lexer_by_name("python"), HtmlFormatter()))
get_lexer_by_name("no such language")
`,
  attrs: `import attr, attrs, pickle, sys
@attrs.define(order=True)
class Point:
    x: int = attrs.field(validator=attrs.validators.instance_of(int))
    y: int = attrs.field(default=0, converter=int)
    @x.validator
    def _positive(self, attribute, value):
        if value < 0: raise ValueError("negative " + attribute.name)
@attr.s(frozen=True, slots=True)
class Frozen:
    value = attr.ib(factory=list, eq=False)
print(Point(1, "2"), Point(1) < Point(2), attrs.asdict(Point(3)), attrs.evolve(Point(1), y=9))
print(pickle.loads(pickle.dumps(Point(4))), Frozen([1]) == Frozen([2]))
for wrong in (lambda: Point("a"), lambda: Point(-1), lambda: setattr(Frozen(), "value", 1)):
    try: wrong()
    except Exception as error: print(type(error).__name__)
sys.exit("that was all")
`,
  click: `import click, sys
@click.group()
@click.option("--shout/--no-shout", default=False)
@click.pass_context
def cli(context, shout): context.obj = {"shout": shout}
@cli.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--times", type=click.IntRange(1, 3), default=1, show_default=True)
@click.pass_obj
def greet(settings, names, times):
    "Greets NAMES."
    for name in names:
        click.echo(("hello %s" % name).upper() if settings["shout"] else "hello " + name)
for arguments in (["--shout", "greet", "a", "b"], ["greet", "--help"], ["greet", "--times", "7", "x"], ["nothing"]):
    try: cli.main(arguments, prog_name="app", standalone_mode=False)
    except click.ClickException as error: error.show()
cli(["greet"], prog_name="app")
`,
};

Deno.test({
  name: "packages from the registry are there",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, EACH_OBSERVER, async (python) => {
      assert.ok((await Deno.stat(await installed(python, REQUIREMENTS))).isDirectory);
    });
  },
});

for (const [number, [name, code]] of Object.entries(programs).entries()) {
  // In turn, because each is a matter of seconds; the long run takes every version for each.
  const version = EACH_OBSERVER[number % EACH_OBSERVER.length]!;
  Deno.test({
    name: `package: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await forEachPython(t, [version], async (python) => {
        const interpreter = await emptyEnvironment(python);
        const folder = await installed(python, REQUIREMENTS);
        await withFolder(async (here) => {
          await Deno.writeTextFile(join(here, "app.py"), code);
          const options = {
            env: { PYTHONPATH: folder },
            readBack: false,
            // These programs keep large tables: it is their behaviour that is compared here, not their values.
            recorderOptions: [
              "--value-max-depth",
              "1",
              "--value-max-items",
              "3",
              "--value-max-bytes",
              "60",
            ],
          };
          const { plain } = await sameAsWithout(here, [interpreter, join(here, "app.py")], options);
          assert.ok(plain.stdout.length > 10, plain.stderr);
        });
      });
    },
  });
}
