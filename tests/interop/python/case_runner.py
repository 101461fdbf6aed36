"""How a program that runs cases reports to run.ts; see case_runner.ts."""

import json
import traceback


def run_cases(names, run):
    """Runs cases one after the other, and prints a line around each."""
    for name in names:
        print(json.dumps({"start": name}), flush=True)
        try:
            run(name)
            line = {"end": name}
        except BaseException:
            line = {"end": name, "error": traceback.format_exc()}
        print(json.dumps(line), flush=True)
