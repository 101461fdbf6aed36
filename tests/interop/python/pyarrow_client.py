"""pyarrow's client against our server.

    python pyarrow_client.py list
    python pyarrow_client.py run PORT NAMES

NAMES is a JSON list of cases. They have the names of those in
pyarrow/cases/*.ts, which do the same in the other direction.
"""

import json
import os
import sys

import case_runner
from client_cases import ends
from client_cases.case import CASES, connect, use_server


def run(name):
    with connect() as client:
        CASES[name](client, f"{name} {os.getpid()}")


if __name__ == "__main__":
    if sys.argv[1] == "list":
        print(json.dumps(list(CASES)))
    elif sys.argv[1] == "vanish":
        use_server(int(sys.argv[2]))
        ends.vanish(sys.argv[3])
    else:
        use_server(int(sys.argv[2]))
        case_runner.run_cases(json.loads(sys.argv[3]), run)
    sys.stdout.flush()
    # Calls that hang would keep the process.
    os._exit(0)
