"""Cases of the ADBC driver with our Flight SQL server.

Arguments: the port, a token, the engine of the server, and what the names of cases must have in them. Each
line of output is a case with its error, in JSON.
"""

import json
import sys
import traceback

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as dbapi
import adbc_driver_manager
import pyarrow as pa

PORT, TOKEN, ENGINE, FILTER = sys.argv[1:5]
URI = f"grpc://127.0.0.1:{PORT}"
ADA = {"username": "ada", "password": "1815"}
OPTIONS = adbc_driver_flightsql.DatabaseOptions
CATALOG = {"sqlite": "main", "duckdb": "drivers"}[ENGINE]


def count_to(end):
    """A query of the numbers from 1 to `end`."""
    if ENGINE == "duckdb":
        return f"SELECT range AS n FROM range(1, {end + 1})"
    return f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {end}) SELECT n FROM c"


def connect(autocommit=False, **options):
    return dbapi.connect(
        URI, db_kwargs={**ADA, **options}, autocommit=autocommit
    )


def rows(connection, query, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def table(connection, name):
    """Makes a table of three rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (id BIGINT PRIMARY KEY, name TEXT, x DOUBLE)")
        cursor.executemany(
            f"INSERT INTO {name} VALUES (?, ?, ?)",
            [(1, "a", 1.5), (2, None, 2.5), (3, "c", None)],
        )


def fails(error, call):
    try:
        call()
    except error as caught:
        return caught
    raise AssertionError("it has not failed")


def case_execute():
    with connect() as c:
        table(c, "execute_")
        assert rows(c, "SELECT * FROM execute_ ORDER BY id") == [
            (1, "a", 1.5),
            (2, None, 2.5),
            (3, "c", None),
        ]
        assert rows(c, "SELECT name FROM execute_ WHERE id = ?", (3,)) == [("c",)]


def case_execute_with_null_as_parameter():
    with connect() as c:
        table(c, "nulls")
        rows_of = rows(c, "SELECT coalesce(?, 'none') AS v", (None,))
        assert rows_of == [("none",)], rows_of


def case_executemany():
    with connect() as c, c.cursor() as cursor:
        table(c, "many")
        cursor.executemany("UPDATE many SET x = ? WHERE id = ?", [(7.0, 1), (8.0, 2)])
        assert cursor.rowcount == 2, cursor.rowcount
        assert rows(c, "SELECT sum(x) FROM many") == [(15.0,)]


def case_fetch_arrow():
    with connect() as c, c.cursor() as cursor:
        table(c, "arrow")
        cursor.execute("SELECT id, name FROM arrow")
        fetched = cursor.fetch_arrow_table()
        assert fetched.num_rows == 3
        assert fetched.schema.types == [pa.int64(), pa.string()], fetched.schema


def case_a_million_rows():
    with connect() as c, c.cursor() as cursor:
        cursor.execute(count_to(1_000_000))
        total = sum(sum(b.column(0).to_pylist()) for b in cursor.fetch_record_batch())
        assert total == 500000500000, total


def case_commit_and_rollback():
    with connect() as c:
        table(c, "transaction_")
        c.commit()
        rows(c, "DELETE FROM transaction_")
        c.rollback()
        assert rows(c, "SELECT count(*) FROM transaction_") == [(3,)]


def case_a_transaction_is_isolated():
    with connect() as c, connect(autocommit=True) as other:
        table(c, "isolated")
        fails(dbapi.Error, lambda: rows(other, "SELECT * FROM isolated"))
        c.commit()
        assert rows(other, "SELECT count(*) FROM isolated") == [(3,)]


def case_a_connection_that_is_closed_in_a_transaction():
    with connect() as c:
        table(c, "left_behind")
    with connect(autocommit=True) as c:
        # Its transaction goes with its session, and so does the lock.
        rows(c, "CREATE TABLE left_behind_too (a INTEGER)")


def case_autocommit():
    with connect(autocommit=True) as c:
        table(c, "auto")
    with connect(autocommit=True) as c:
        assert rows(c, "SELECT count(*) FROM auto") == [(3,)]


def case_ingest_in_every_mode():
    data = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    with connect() as c, c.cursor() as cursor:
        assert cursor.adbc_ingest("ingest", data, mode="create") == 3
        fails(dbapi.Error, lambda: c.cursor().adbc_ingest("ingest", data, mode="create"))
        assert cursor.adbc_ingest("ingest", data, mode="append") == 3
        assert cursor.adbc_ingest("ingest", data, mode="create_append") == 3
        assert rows(c, "SELECT count(*) FROM ingest") == [(9,)]
        assert cursor.adbc_ingest("ingest", data, mode="replace") == 3
        assert rows(c, "SELECT count(*), sum(a) FROM ingest") == [(3, 6)]
        fails(dbapi.Error, lambda: c.cursor().adbc_ingest("ingest_no", data, mode="append"))


def case_ingest_into_the_open_transaction():
    with connect() as c, c.cursor() as cursor:
        table(c, "joined")
        cursor.adbc_ingest("joined", pa.table({"id": [9]}), mode="append")
        assert rows(c, "SELECT count(*) FROM joined") == [(4,)]
        c.rollback()
        fails(dbapi.Error, lambda: rows(c, "SELECT * FROM joined"))


def case_ingest_a_stream():
    schema = pa.schema([("n", pa.int64())])
    batches = (pa.record_batch([list(range(1000))], schema) for _ in range(100))
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    with connect() as c, c.cursor() as cursor:
        assert cursor.adbc_ingest("streamed", reader, mode="create") == 100_000
        assert rows(c, "SELECT count(*) FROM streamed") == [(100_000,)]


def case_objects_at_every_depth():
    with connect() as c:
        table(c, "objects")
        for depth in ("catalogs", "db_schemas", "tables", "all"):
            found = c.adbc_get_objects(depth=depth, table_name_filter="objects")
            [main] = [
                one for one in found.read_all().to_pylist() if one["catalog_name"] == CATALOG
            ]
            if depth not in ("tables", "all"):
                continue
            [schema] = main["catalog_db_schemas"]
            [found] = schema["db_schema_tables"]
            assert (found["table_name"], found["table_type"]) == ("objects", "TABLE")
            columns = [one["column_name"] for one in found["table_columns"] or []]
            assert columns == (["id", "name", "x"] if depth == "all" else []), columns


def case_schema_of_a_table_that_is_not_committed():
    with connect() as c:
        table(c, "uncommitted")
        schema = c.adbc_get_table_schema("uncommitted")
        assert schema.names == ["id", "name", "x"]


def case_schema_of_a_table_with_pattern_characters():
    with connect() as c:
        rows(c, "CREATE TABLE a_c (one INTEGER)")
        rows(c, "CREATE TABLE abc (other INTEGER)")
        assert c.adbc_get_table_schema("a_c").names == ["one"]


def case_schema_of_a_query():
    with connect() as c, c.cursor() as cursor:
        table(c, "described")
        assert cursor.adbc_execute_schema("SELECT * FROM described").names == ["id", "name", "x"]


def case_table_types():
    with connect() as c:
        assert set(c.adbc_get_table_types()) >= {"TABLE", "VIEW"}


def case_info():
    with connect() as c:
        assert c.adbc_get_info()["vendor_name"].lower() == ENGINE


def case_partitions():
    with connect() as c, c.cursor() as cursor:
        table(c, "parts")
        c.commit()
        partitions, schema = cursor.adbc_execute_partitions("SELECT * FROM parts")
        assert schema.names == ["id", "name", "x"]
        with c.cursor() as other:
            other.adbc_read_partition(partitions[0])
            assert other.fetch_arrow_table().num_rows == 3


def case_cancel():
    with connect() as c, c.cursor() as cursor:
        cursor.execute(count_to(10**12))
        reader = cursor.fetch_record_batch()
        reader.read_next_batch()
        cursor.adbc_cancel()

        def drain():
            while True:
                reader.read_next_batch()

        fails(Exception, drain)
    with connect() as c:
        assert rows(c, "SELECT 1") == [(1,)]


def case_errors():
    with connect() as c:
        code = adbc_driver_manager.AdbcStatusCode
        bad = fails(dbapi.ProgrammingError, lambda: rows(c, "SELEKT"))
        assert bad.status_code == code.INVALID_ARGUMENT and "SELEKT" in str(bad), bad
        missing = fails(dbapi.ProgrammingError, lambda: rows(c, "SELECT * FROM nowhere"))
        assert missing.status_code == code.NOT_FOUND, missing
        two = fails(dbapi.ProgrammingError, lambda: rows(c, "SELECT 1; SELECT 2"))
        assert two.status_code == code.INVALID_ARGUMENT, two


def case_token():
    header = {OPTIONS.AUTHORIZATION_HEADER.value: f"Bearer {TOKEN}"}
    with dbapi.connect(URI, db_kwargs=header) as c:
        assert rows(c, "SELECT 1") == [(1,)]


def case_wrong_password():
    refused = fails(dbapi.Error, lambda: connect(password="1816"))
    assert "UNAUTHENTICATED" in str(refused), refused


def case_current_catalog_of_a_session():
    with connect(**{OPTIONS.WITH_COOKIE_MIDDLEWARE.value: "true"}) as c:
        c.adbc_current_catalog = CATALOG
        assert c.adbc_current_catalog == CATALOG
        assert rows(c, "SELECT 1") == [(1,)]


def case_statements_after_a_commit():
    with connect() as c, c.cursor() as cursor:
        table(c, "again")
        for i in range(10, 13):
            cursor.execute("INSERT INTO again (id) VALUES (?)", (i,))
            c.commit()
        cursor.execute("SELECT count(*) FROM again")
        assert cursor.fetchall() == [(6,)]


for name, run in list(globals().items()):
    if not name.startswith("case_"):
        continue
    title = name.removeprefix("case_").replace("_", " ")
    if FILTER not in title:
        continue
    try:
        run()
        error = None
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({"name": title, "error": error}), flush=True)
