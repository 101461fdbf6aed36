"""Descriptions of data sets, and actions."""

import datetime
import json

import pyarrow as pa
import pyarrow.flight as fl

import datasets
from client_cases.case import act, case, connect, equal, event, path, raised


def check_info(info, descriptor):
    assert info.schema.equals(datasets.dataset("metadata").schema, True)
    equal(info.descriptor, descriptor)
    first, second = info.endpoints
    equal(first.ticket.ticket, b"\0ticket\xff")
    equal(
        first.locations,
        [fl.Location("grpc://127.0.0.1:1"),
         fl.Location("grpc+tls://example.com:2")],
    )
    equal(
        first.expiration_time.as_py(),
        datetime.datetime.fromtimestamp(
            1_700_000_000.123, datetime.timezone.utc
        ),
    )
    equal(first.app_metadata, b"\1endpoint")
    equal(second.ticket.ticket, b"second")
    equal(second.locations, [fl.Location("arrow-flight-reuse-connection://?")])
    equal(second.expiration_time, None)
    equal(second.app_metadata, b"")
    equal(info.total_records, 12)
    equal(info.total_bytes, 2**53 + 1)
    equal(info.ordered, True)
    equal(info.app_metadata, b"\2info")


@case("list flights")
def _(client, id_):
    infos = list(client.list_flights())
    equal(len(infos), 4)
    check_info(infos[2], path("list", "beta two"))


@case("list flights by criteria")
def _(client, id_):
    infos = list(client.list_flights(b"beta"))
    equal(
        [info.descriptor for info in infos],
        [path("list", "beta"), path("list", "beta two")],
    )
    equal(list(client.list_flights(b"nothing")), [])


@case("list flights failure")
def _(client, id_):
    error = raised(
        fl.FlightUnavailableError, lambda: list(client.list_flights(b"fail"))
    )
    assert "the list ends here" in str(error), str(error)


@case("flight info")
def _(client, id_):
    descriptor = path("a", "ü", "")
    check_info(client.get_flight_info(descriptor), descriptor)


@case("flight info minimal")
def _(client, id_):
    descriptor = fl.FlightDescriptor.for_command(b"minimal")
    info = client.get_flight_info(descriptor)
    equal(
        [info.schema, info.descriptor, info.endpoints, info.total_records,
         info.total_bytes, info.ordered, info.app_metadata],
        [None, descriptor, [], -1, -1, False, b""],
    )


@case("calls that are unavailable are made again")
def _(client, id_):
    # By gRPC itself, which does not once headers have come.
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.01s",
        "maxBackoff": "0.1s",
        "backoffMultiplier": 1,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    method = {"name": [{}], "retryPolicy": policy}
    config = json.dumps({"methodConfig": [method]})
    descriptor = path("busy", id_)
    with connect(generic_options=[("grpc.service_config", config)]) as other:
        check_info(other.get_flight_info(descriptor), descriptor)


@case("flight info not found")
def _(client, id_):
    descriptor = fl.FlightDescriptor.for_command(b"unknown")
    raised(pa.ArrowKeyError, lambda: client.get_flight_info(descriptor))


@case("get schema")
def _(client, id_):
    for name in datasets.DATASETS:
        found = client.get_schema(path("data", name)).schema
        wanted = datasets.dataset(name).schema
        assert found.equals(wanted, True), datasets.show(found)


@case("get schema not found")
def _(client, id_):
    raised(pa.ArrowKeyError, lambda: client.get_schema(path("nothing")))


@case("list actions")
def _(client, id_):
    equal(
        [tuple(action) for action in client.list_actions()],
        [("echo", "Gives the body back."), ("many", "Ünïcode")],
    )


@case("action")
def _(client, id_):
    body = bytes(index % 256 for index in range(100_000))
    (result,) = client.do_action(("echo", body))
    equal(result.body.to_pybytes(), body)
    equal(act(client, "echo"), "")


@case("action without results")
def _(client, id_):
    equal(list(client.do_action("none")), [])


@case("action with many results")
def _(client, id_):
    results = list(client.do_action(("many", b"5000")))
    equal(len(results), 5000)
    equal(results[-1].body.to_pybytes(), b"4999")


@case("action left early")
def _(client, id_):
    other = connect()
    results = iter(other.do_action(("endless", id_.encode())))
    equal(len(next(results).body), 1000)
    # pyarrow ends the call when nobody holds it any more.
    del results
    other.close()
    equal(event(client, id_), "stopped")


@case("action unknown")
def _(client, id_):
    raised(pa.ArrowNotImplementedError, lambda: act(client, "fly"))
