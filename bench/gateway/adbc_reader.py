"""The same by the Flight SQL driver of ADBC, in requests and answers as lines of JSON."""

import json
import sys
import time

import adbc_driver_flightsql.dbapi

connections = {}


def connection(port):
    if port not in connections:
        connections[port] = adbc_driver_flightsql.dbapi.connect(
            f"grpc://127.0.0.1:{port}", autocommit=True
        )
    return connections[port]


def run(arguments):
    options = dict(one.removeprefix("--").split("=", 1) for one in arguments)
    here = connection(options["server_port"])
    rows = size = 0
    start = time.perf_counter()
    with here.cursor() as cursor:
        cursor.execute(options["query"])
        for batch in cursor.fetch_record_batch():
            rows += batch.num_rows
            size += batch.nbytes
    return {"rows": rows, "bytes": size, "seconds": time.perf_counter() - start}


for line in sys.stdin:
    try:
        answer = {"result": run(json.loads(line))}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
