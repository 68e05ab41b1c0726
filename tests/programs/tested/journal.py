"""Writes down which functions run, for comparing with the trace."""
import os


def enter(name):
    """Every function says so at its start, and after each place where it may have been left for a while."""
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(name + "\n")
