"""flightsql-dbapi, alone and below SQLAlchemy, against our server.

    python dbapi_cases.py list
    python dbapi_cases.py run ENGINE PORT NAMES

NAMES is a JSON list of cases.
"""

import json
import os
import sys

import pyarrow
import flightsql.sqlalchemy  # Registers the dialect.
import sqlalchemy
from flightsql import FlightSQLClient, connect
from flightsql.client import TableRef

import case_runner

CASES = {}
ENGINE = "sqlite"
PORT = 0


def case(function):
    """Registers a case by the name of its function."""
    CASES["flightsql-dbapi " + function.__name__.replace("_", " ")] = function
    return function


def make_client(password="1815"):
    return FlightSQLClient(host="127.0.0.1", port=PORT, user="ada", password=password, insecure=True)


def make_engine():
    url = f"datafusion+flightsql://ada:1815@127.0.0.1:{PORT}/?insecure=true"
    return sqlalchemy.create_engine(url + "&feature-sqlalchemy-prepared-statements=on&feature-sqlalchemy-primary-keys=on")


def read(client, info):
    return client.do_get(info.endpoints[0].ticket).read_all().to_pydict()


@case
def execute():
    client = make_client()
    assert read(client, client.execute("SELECT id, title FROM album ORDER BY id")) == {
        "id": [1, 2, 3],
        "title": ["Blue", "Wild", "Kind"],
    }


@case
def execute_update():
    client = make_client()
    assert client.execute_update("UPDATE artist SET name = name WHERE id <= 2") == 2


@case
def prepare():
    client = make_client()
    with client.prepare("SELECT title FROM album WHERE id = ?") as statement:
        for key, title in [(1, "Blue"), (3, "Kind")]:
            binding = pyarrow.record_batch({"1": [key]})
            assert read(client, statement.execute(binding)) == {"title": [title]}


@case
def metadata():
    client = make_client()
    assert read(client, client.get_catalogs())["catalog_name"] == [{"sqlite": "main", "duckdb": "drivers"}[ENGINE]]
    assert len(read(client, client.get_db_schemas())["catalog_name"]) == 1
    assert "album" in read(client, client.get_tables(include_schema=True))["table_name"]
    assert {"TABLE", "VIEW"} <= set(read(client, client.get_table_types())["table_type"])
    assert read(client, client.get_sql_info([0]))["value"][0].lower() == ENGINE
    assert len(read(client, client.get_xdbc_type_info(None))["type_name"]) > 0


@case
def keys():
    client = make_client()
    album = TableRef(table="album")
    artist = TableRef(table="artist")
    assert read(client, client.get_primary_keys(album))["column_name"] == ["id"]
    assert read(client, client.get_imported_keys(album))["fk_column_name"] == ["artist_id"]
    assert read(client, client.get_exported_keys(artist))["fk_table_name"] == ["album"]
    assert read(client, client.get_cross_reference(artist, album))["pk_column_name"] == ["id"]


@case
def cursor():
    with connect(make_client()) as connection:
        found = connection.cursor()
        found.execute("SELECT id, title FROM album ORDER BY id")
        assert [tuple(row) for row in found.fetchall()] == [(1, "Blue"), (2, "Wild"), (3, "Kind")]


@case
def a_wrong_password():
    try:
        make_client(password="wrong")
    except pyarrow.flight.FlightUnauthenticatedError:
        pass
    else:
        raise AssertionError("it was let in")


@case
def SQLAlchemy_query_with_a_parameter():
    with make_engine().connect() as connection:
        query = sqlalchemy.text("SELECT title FROM album WHERE id = :id")
        assert connection.execute(query, {"id": 3}).fetchall() == [("Kind", )]


@case
def SQLAlchemy_inspect():
    inspector = sqlalchemy.inspect(make_engine())
    assert {"album", "artist"} <= set(inspector.get_table_names())
    names = [column["name"] for column in inspector.get_columns("album")]
    assert names == ["id", "title", "artist_id", "price", "cover"]
    assert inspector.get_pk_constraint("album")["constrained_columns"] == ["id"]


@case
def SQLAlchemy_select_of_a_reflected_table():
    engine = make_engine()
    album = sqlalchemy.Table("album", sqlalchemy.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        query = sqlalchemy.select(album.c.title).where(album.c.id > 1).order_by(album.c.id)
        assert connection.execute(query).fetchall() == [("Wild", ), ("Kind", )]


if __name__ == "__main__":
    if sys.argv[1] == "list":
        print(json.dumps(list(CASES)))
    else:
        ENGINE = sys.argv[2]
        PORT = int(sys.argv[3])
        case_runner.run_cases(json.loads(sys.argv[4]), lambda name: CASES[name]())
    sys.stdout.flush()
    os._exit(0)
