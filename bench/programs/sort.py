"""A list of 200 elements that changes a little at a time: 30,000 steps of sorting it by insertion."""


def sort(items):
    for end in range(1, len(items)):
        at = end
        while at > 0 and items[at - 1] > items[at]:
            items[at - 1], items[at] = items[at], items[at - 1]
            at -= 1


seed, items = 1, []
for _ in range(200):
    seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
    items.append(seed % 1000)
sort(items)
print(items[:5], items[-5:])
