"""Runs test modules by `unittest` and writes each test's verdict into a file: `verdicts.py FILE MODULE…`.

A line per verdict: the test's id, the verdict, and where it did not pass the reason, as JSON. Exits as unittest does.
Resources that CPython's tests ask for (network, much time) are off, as in its own runner.
"""
import json
import sys
import unittest


class Verdicts(unittest.TextTestResult):
    def tell(self, test, verdict, reason=""):
        print(json.dumps([test.id(), verdict, reason]), file=OUT, flush=True)

    def addSuccess(self, test):
        self.tell(test, "ok")
        super().addSuccess(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, "error", self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, "failure", self.failures[-1][1])

    def addSkip(self, test, reason):
        self.tell(test, "skipped", reason)
        super().addSkip(test, reason)

    def addExpectedFailure(self, test, err):
        self.tell(test, "expected failure")
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test):
        self.tell(test, "unexpected success")
        super().addUnexpectedSuccess(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            of = self.failures if issubclass(err[0], test.failureException) else self.errors
            self.tell(test, "failure" if of is self.failures else "error", of[-1][1])


if __name__ == "__main__":
    from test import support

    support.use_resources = []
    path, *modules = sys.argv[1:]
    del sys.argv[1:]
    with open(path, "w", encoding="utf-8") as OUT:
        # What is printed here lets the agent look after itself: see check_tracer.
        runner = unittest.TextTestRunner(resultclass=Verdicts)
        unittest.main(module=None, argv=["unittest", *modules], testRunner=runner)
