identity = lambda x: x
curried = lambda a: lambda b: lambda c: a + b + c
default = lambda *args, key=len, **kw: (key(args), sorted(kw))
fixed_point = lambda f: (lambda x: f(lambda v: x(x)(v)))(lambda x: f(lambda v: x(x)(v)))
factorial = fixed_point(lambda again: lambda n: 1 if n == 0 else n * again(n - 1))
print(identity(3), curried(1)(2)(3), default(1, 2, z=1), factorial(6))
print(sorted(["bb", "a", "ccc"], key=lambda s: -len(s)), list(map(lambda p: p[0] + p[1], zip((1, 2), (3, 4)))))
table = {"add": lambda a, b: a + b,
         "sub": lambda a, b: (
             a
             - b
         )}
print(table["add"](1, 2), table["sub"](5, 3), (lambda: None)())
