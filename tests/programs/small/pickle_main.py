import copy
import pickle


class Thing:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return self.name == other.name

    def __reduce__(self):
        return Thing, (self.name,)


def function(x):
    return x + 1


data = pickle.dumps([Thing("a"), function], protocol=2)
print(b"__main__" in data, pickle.loads(data)[0] == Thing("a"), pickle.loads(data)[1](1))
print(copy.deepcopy(Thing("b")).name, Thing.__module__, function.__module__)
