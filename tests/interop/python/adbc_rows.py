"""Runs statements by the ADBC driver for Flight SQL.

Argument: a location. Each line of input is a step, its parts separated by tabs: `query SQL [PARAMETER...]`,
`update SQL` or `tables`. Each line of output has the rows, the count or the error of a step, in JSON.
"""

import datetime
import decimal
import json
import sys

import adbc_driver_flightsql.dbapi as dbapi


def plain(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.date):
        return f"{value.isoformat()}T00:00:00.000Z"
    if isinstance(value, dict):
        return [plain(part) for part in value.values()]
    if isinstance(value, list):
        return [plain(part) for part in value]
    raise TypeError(f"a value of type {type(value)}")


def run(connection, kind, *rest):
    if kind == "tables":
        catalogs = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
        return {
            "rows": [
                [table["table_name"]]
                for catalog in catalogs
                for schema in catalog["catalog_db_schemas"]
                for table in schema["db_schema_tables"]
            ]
        }
    sql, *parameters = rest
    with connection.cursor() as cursor:
        if kind == "update":
            # `execute` would run it as a query.
            cursor.adbc_statement.set_sql_query(sql)
            return {"count": cursor.adbc_statement.execute_update()}
        cursor.execute(sql, [int(p) for p in parameters] or None)
        return {"rows": [[plain(value) for value in row] for row in cursor.fetchall()]}


with dbapi.connect(sys.argv[1].replace("grpc+tcp", "grpc"), autocommit=True) as opened:
    for line in sys.stdin:
        try:
            answer = run(opened, *line.rstrip("\n").split("\t"))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
