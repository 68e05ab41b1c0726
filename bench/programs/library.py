"""The standard library at work, which the default filter leaves out: little of the program's own runs in between."""

import argparse
import configparser
import csv
import difflib
import io
import json
import string
import textwrap


def words():
    return string.Template("$a is not $b").substitute(a="this", b="that").split() * 60


def read_back():
    return len(json.loads(json.dumps([{"word": word, "at": at} for at, word in enumerate(words())], indent=1)))


def fill():
    return len(textwrap.fill(" ".join(words()), 60))


def compare():
    return len(list(difflib.unified_diff(words(), words()[::-1])))


def configure():
    config = configparser.ConfigParser()
    return config.read_string("".join(["[s%d]\na = %%(b)s\nb = 1\n" % n for n in range(60)]))


def tabulate():
    return len(list(csv.DictReader(io.StringIO("a,b\n" + "1,2\n" * 300))))


def parse(parser):
    for n in range(20):
        parser("--flag%d" % n, type=int, default=n)


def main():
    total = 0
    for _ in range(25):
        total += read_back() + fill() + compare() + tabulate()
        configure()
        parse(argparse.ArgumentParser().add_argument)
    print(total)


main()
