# harness: only-imported
print("neighbour is imported as", __name__)
VALUE = [1, 2, 3]


def double(n):
    return n * 2


class Helper:
    def name(self):
        return type(self).__qualname__
