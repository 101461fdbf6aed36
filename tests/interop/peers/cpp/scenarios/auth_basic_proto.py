"""auth:basic_proto: name and password by Handshake, then a token."""

import pyarrow.flight as fl

from .numbers import equal

USERNAME = b"arrow"
PASSWORD = b"flight"


class ServerAuth(fl.ServerAuthHandler):
    def authenticate(self, outgoing, incoming):
        auth = fl.BasicAuth.deserialize(incoming.read())
        if (auth.username, auth.password) != (USERNAME, PASSWORD):
            raise fl.FlightUnauthenticatedError("invalid credentials")
        outgoing.write(auth.username)

    def is_valid(self, token):
        if token != USERNAME:
            raise fl.FlightUnauthenticatedError("invalid token")
        return token


class Server(fl.FlightServerBase):
    def do_action(self, context, action):
        return [context.peer_identity()]


def server(location):
    return Server(location, auth_handler=ServerAuth())


class ClientAuth(fl.ClientAuthHandler):
    def __init__(self):
        super().__init__()
        self.token = b""

    def authenticate(self, outgoing, incoming):
        outgoing.write(fl.BasicAuth(USERNAME, PASSWORD).serialize())
        self.token = incoming.read()

    def get_token(self):
        return self.token


def run(connect):
    with connect() as client:
        action = fl.Action("", b"")
        try:
            list(client.do_action(action))
        except fl.FlightUnauthenticatedError:
            pass
        else:
            raise AssertionError("the call did not fail")
        client.authenticate(ClientAuth())
        results = [result.body.to_pybytes() for result in client.do_action(action)]
        equal(results, [USERNAME])
