def three(a, b, c):
    return (
        a
        + b
        + c
    )


def one():
    return 1


result = three(
    one(),
    three(
        1,
        one(),
        2,
    ),
    c=[
        value
        for value in (
            one(),
            2,
        )
    ][0],
)
chain = (
    "text"
    .upper()
    .lower()
)
assert (
    result == 6
), "not six"
if (
    result > 1
    and chain
    and one()
):
    print(result, chain)
backslash = one() + \
    one()
print(backslash); print("two statements"); x = 1; y = 2
try:
    three(
        one(),
        None,
        1,
    )
except TypeError as error:
    print(error)
