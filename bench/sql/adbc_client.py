"""The same tests by ADBC, in requests and answers as lines of JSON.

With --server_port by its Flight SQL driver, without by its SQLite driver, on a
file of its own.
"""

import json
import os
import sys
import tempfile
import time

import adbc_driver_flightsql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow

TABLE = "bench_rows"
TARGET = "bench_target"
COLUMNS = "id, price, name, amount"
ROWS_PER_BATCH = 16_384

connections = {}
tables = {}
folder = tempfile.TemporaryDirectory(prefix="flight-bench-")


def connection(port):
    if port not in connections:
        if port is None:
            path = os.path.join(folder.name, "bench.db")
            connections[port] = adbc_driver_sqlite.dbapi.connect(path)
        else:
            connections[port] = adbc_driver_flightsql.dbapi.connect(
                f"grpc://127.0.0.1:{port}", autocommit=True
            )
    return connections[port]


def table_of(rows):
    if rows not in tables:
        numbers = range(rows)
        tables[rows] = pyarrow.table(
            {
                "id": pyarrow.array(numbers, pyarrow.int64()),
                "price": pyarrow.array((i * 0.25 for i in numbers), pyarrow.float64()),
                "name": pyarrow.array((f"item {i}" for i in numbers)),
                "amount": pyarrow.array((i % 1000 for i in numbers), pyarrow.int64()),
            }
        )
    return tables[rows]


def setup(connection, rows, statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.commit()
    return rows


def read(connection):
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM {TABLE}")
        for batch in cursor.fetch_record_batch():
            rows += batch.num_rows
    return rows


def query(connection, text):
    rows = size = 0
    with connection.cursor() as cursor:
        cursor.execute(text)
        for batch in cursor.fetch_record_batch():
            rows += batch.num_rows
            size += batch.nbytes
    return rows, size


def points(connection, rows, calls):
    with connection.cursor() as cursor:
        for i in range(calls):
            number = i * 7919 % rows
            # The cursor prepares the statement once: its text stays the same.
            cursor.execute(
                f"SELECT {COLUMNS} FROM {TABLE} WHERE id = ?", (number,)
            )
            assert cursor.fetchone()[0] == number
    return calls


def ingest(connection, rows, is_local):
    data = table_of(rows).to_reader(ROWS_PER_BATCH)
    with connection.cursor() as cursor:
        count = cursor.adbc_ingest(TARGET, data, mode="replace")
    if is_local:
        connection.commit()
    return count


def run(arguments):
    options = dict(one.removeprefix("--").split("=", 1) for one in arguments)
    port = options.get("server_port")
    rows = int(options.get("rows", 1_000_000))
    test = options.get("test", "read")
    here = connection(port)
    if test == "ingest":
        table_of(rows)
    extra = {}
    start = time.perf_counter()
    if test == "query":
        count, extra["bytes"] = query(here, options["query"])
    elif test == "setup":
        count = setup(here, rows, json.loads(options["statements"]))
    elif test == "read":
        count = read(here)
    elif test == "standard_points":
        count = points(here, rows, int(options.get("calls", 1000)))
    elif test == "ingest":
        count = ingest(here, rows, port is None)
    else:
        raise ValueError(f"there is no test {test}")
    return {"count": count, "seconds": time.perf_counter() - start, **extra}


for line in sys.stdin:
    try:
        answer = {"result": run(json.loads(line))}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
