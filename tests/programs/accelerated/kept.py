for _ in range(210): pass
# Large containers and objects that stay what they are, or change a little; and records that are too long.
class Board:
    def __init__(self):
        self.cells = list(range(100))
        self.name = "board"
        self.inner = None


class Node:
    def __init__(self, number):
        self.number = number
        self.next = None


def change(items, n):
    size = len(items)
    if n % 9 == 0: items[n % size] = -n
    if n % 9 == 1: items.append(n)
    if n % 9 == 2: items.insert(0, n)
    if n % 9 == 3: items.pop(size // 2)
    if n % 9 == 4: items[3:5] = [n, n, n]
    if n % 9 == 5: del items[:2]
    if n % 9 == 6: items.pop()
    if n % 9 == 7: items.reverse()
    last = n
    return items


def change_dict(table, n):
    size = len(table)
    table[n] = n
    if n % 3 == 0: table.pop(next(iter(table)))
    if n % 3 == 1: table[size // 2] = "text"
    done = n
    return done


def change_object(board, n):
    size = n
    board.cells[n % 100] = n
    if n % 4 == 0: board.inner = Board()
    if n % 4 == 1: board.name = "n" * n
    if n % 4 == 2: board.more = n
    if n % 4 == 3: del board.more
    done = size
    return done


def look(items, other, n):
    a = n
    b = n
    return b


def look_at_pairs(pairs, n):
    a = n
    pairs[n % len(pairs)] = (n, n)
    return a


def becomes(value, n):
    items = value
    items = tuple(value)
    items = n
    items = value
    return n


def too_long(n):
    a = [["x" * 90 + str(n)] * 10] * 10
    b = [["y" * 90 + str(n) + str(m) for m in range(10)] for _ in range(10)]
    c = [["z" * 90 + str(m) + str(n) for m in range(10)] for _ in range(10)]
    d = e = f = g = h = [[str(m) * 90 for m in range(10)] for _ in range(10)]
    i = [bytes([m]) * 100 for m in range(10)]
    return b


def rotates(number):
    lists = [[n] * 40 for n in range(70)]
    for items in lists: look(items, None, 1)
    return number


def main():
    items = list(range(60))
    for n in range(40): change(items, n)
    table = {n: n for n in range(50)}
    for n in range(24): change_dict(table, n)
    board = Board()
    for n in range(20): change_object(board, n)
    whole = tuple(range(200))
    mixed = [n / 2 if n % 2 else None for n in range(40)]
    for n in range(20):
        look(whole, 0.5, n); look(mixed, True, n); look(whole, mixed, n); look(whole, "text", n); becomes(mixed, n)
    pairs = [(n, -n) for n in range(99)]
    for n in range(20): look_at_pairs(pairs, n)
    pairs += [(n, n) for n in range(3)]
    for n in range(20): look_at_pairs(pairs, n)
    # Large, and not to be kept: more objects than are looked at, few of them among plain values, dicts of them.
    nodes, few = [Node(n) for n in range(130)], list(range(99)) + [Node(1), [2]] + list(range(400))
    by_name = {"node %d" % n: Node(n) for n in range(30)}
    wide = {n: [n] for n in range(16)}
    for n in range(12):
        look(nodes, few, n); look(by_name, wide, n); look(tuple(nodes), {"in": nodes}, n)
        nodes[n] = n; by_name["more %d" % n] = n; wide[n] = (n, [n]); few.append(n)
    head = None
    for n in range(20):
        node = Node(n)
        node.next = head
        head = node
        look(head, board, n)


main()
for n in range(2): too_long(n)
rotates(1)
print("end")
