"""TLS."""

import json

import pyarrow.flight as fl

import big_stream
import certificates
from client_cases.case import act, case, equal, raised, ticket

ROOTS = {"tls_root_certs": certificates.read("ca_cert")}
OTHER_ROOTS = {"tls_root_certs": certificates.read("other_ca_cert")}


def certified(name):
    return {
        "cert_chain": certificates.read(f"{name}_cert"),
        "private_key": certificates.read(f"{name}_key"),
    }


def over(client, server, **options):
    """A client of a server with TLS."""
    port = json.loads(act(client, "TLS ports"))[server]
    return fl.FlightClient(f"grpc+tls://localhost:{port}", **options)


def read_all(client):
    reader = client.do_get(ticket("big", 8, "tls"))
    count = 0
    for count, chunk in enumerate(reader, 1):
        big_stream.check(chunk.data, count - 1)
    equal(count, 8)


def not_connected(client):
    raised(fl.FlightUnavailableError, lambda: read_all(client))


@case("TLS")
def _(client, id_):
    read_all(over(client, "tls", **ROOTS))


@case("TLS refused")
def _(client, id_):
    not_connected(over(client, "tls"))
    not_connected(over(client, "tls", **OTHER_ROOTS))
    not_connected(over(client, "tls", **ROOTS, override_hostname="other.test"))


@case("TLS unverified")
def _(client, id_):
    read_all(over(client, "tls", disable_server_verification=True))


@case("TLS by another name")
def _(client, id_):
    read_all(over(client, "tls", **ROOTS, override_hostname="flight.test"))


@case("TLS with the certificate of a host")
def _(client, id_):
    read_all(over(client, "tls", **OTHER_ROOTS, override_hostname="sni.test"))


@case("mutual TLS")
def _(client, id_):
    secure = over(client, "mutual", **ROOTS, **certified("worker"))
    equal(act(secure, "certificate"), "spiffe://flight.test/worker")
    read_all(secure)


@case("mutual TLS refused")
def _(client, id_):
    not_connected(over(client, "mutual", **ROOTS))
    not_connected(over(client, "mutual", **ROOTS, **certified("client")))
