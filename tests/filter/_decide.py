"""Asks the agent's filter what the recorder's is asked too; cases and answers are JSON lines.

usage: python _decide.py AGENT_FOLDER < CASES
"""
import importlib
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
_ct_filter = importlib.import_module("_ct_filter")

for line in sys.stdin:
    case = json.loads(line)
    places = case["places"]
    answers = []
    answering, other = (
        _ct_filter.Filter(case["compiled"], places["workingFolder"], places["libraries"]) for _ in range(2)
    )
    for code in case["codes"]:
        where = (code["filename"], code["module"], lambda name=code["qualifiedName"]: name)
        records = answering.records(*where)
        scope = answering.scope(*where)
        # What is asked first must not count.
        other.scope(*where)
        assert other.records(*where) == records == answering.records(*where)
        answers.append([
            records,
            scope.returned(answering.object_names(*where)),
            scope.default,
            [[scope.action(kinds, name) for kinds in (1, 2, 5, 3)] for name in case["names"]],
            [scope.attributes.action(name) if scope.attributes else 0 for name in case["names"]],
        ])
    print(json.dumps(answers))
