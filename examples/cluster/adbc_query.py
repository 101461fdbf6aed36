"""Runs a query by the ADBC driver for Flight SQL, and reads all of it.

Arguments: a location and the query. Its output is one line: rows, MiB, seconds.
"""

import sys
import time

import adbc_driver_flightsql.dbapi as dbapi

uri, query = sys.argv[1:]
with dbapi.connect(uri.replace("grpc+tcp", "grpc"), autocommit=True) as connection:
    with connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(query)
        table = cursor.fetch_arrow_table()
        seconds = time.perf_counter() - start
        print(table.num_rows, table.nbytes / 2**20, seconds)
