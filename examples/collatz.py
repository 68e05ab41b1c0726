"""How long a number takes to reach 1, when even ones are halved and odd ones tripled and made one more."""


def steps_to_one(number):
    steps = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps += 1
    return steps


for start in 3, 5:
    print(start, "reaches 1 in", steps_to_one(start), "steps")
