def search(items, wanted):
    for index, item in enumerate(items):
        if item == wanted:
            break
    else:
        index = -1
    return index


def nested(n):
    found = []
    for i in range(n):
        for j in range(i):
            if (i + j) % 3:
                continue
            if j > 3:
                break
            found.append((i, j))
        else:
            found.append(i)
    return found


def counted():
    n = 0
    while n < 5:
        n += 1
        if n == 2: continue
        if n == 4: break
    else:
        n = -1
    return n


for a, (b, *c) in [(1, (2, 3, 4)), (5, "xyz")]:
    print(a, b, c)
for n in range(3): print(n, end=";")
print()
while False:
    pass
print(search("abc", "c"), search("abc", "z"), nested(7), counted())
while True: break
i = 0
while i < 3: i += 1
print(i)
