import sys


def leave():
    sys.exit("the text goes to stderr")


leave()
# harness: status 1
