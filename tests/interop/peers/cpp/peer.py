"""Arrow's integration scenarios over pyarrow, the Python binding of Arrow C++,
with the command lines of Arrow's testers:

    peer.py server --port=0 [--scenario=NAME]
    peer.py client --host=HOST --port=PORT (--scenario=NAME | --path=JSON)
    peer.py load --host=HOST --port=PORT --path=JSON --clients=N --seconds=N

`load` runs many clients at the same time, again and again, and prints how often.
"""

import argparse
import concurrent.futures
import time

import pyarrow.flight as fl

from scenarios import (
    app_metadata,
    auth_basic_proto,
    do_exchange_echo,
    expiration_time,
    json_data,
    location_reuse_connection,
    middleware,
    ordered,
)

# What makes the server, and what the client does.
SCENARIOS = {
    None: (json_data.Server, json_data.run),
    "auth:basic_proto": (auth_basic_proto.server, auth_basic_proto.run),
    "middleware": (middleware.server, middleware.run),
    "ordered": (ordered.Server, ordered.run),
    "expiration_time:do_get": (expiration_time.Server, expiration_time.do_get),
    "expiration_time:list_actions": (
        expiration_time.Server,
        expiration_time.list_actions,
    ),
    "expiration_time:cancel_flight_info": (
        expiration_time.Server,
        expiration_time.cancel_flight_info,
    ),
    "expiration_time:renew_flight_endpoint": (
        expiration_time.Server,
        expiration_time.renew_flight_endpoint,
    ),
    "do_exchange:echo": (do_exchange_echo.Server, do_exchange_echo.run),
    "location:reuse_connection": (
        location_reuse_connection.Server,
        location_reuse_connection.run,
    ),
    "app_metadata_flight_info_endpoint": (
        app_metadata.Server,
        app_metadata.run,
    ),
}


def serve(options):
    make, _ = SCENARIOS[options.scenario]
    server = make(f"grpc://127.0.0.1:{options.port}")
    print(f"Server listening on localhost:{server.port}", flush=True)
    server.serve()


def run_client(options):
    def connect(location=f"grpc://{options.host}:{options.port}", **more):
        return fl.connect(location, **more)

    _, run = SCENARIOS[options.scenario]
    if options.scenario is None:
        run(connect, options.path)
    else:
        run(connect)


def load(options):
    end = time.monotonic() + options.seconds

    def rounds(_):
        count = 0
        while time.monotonic() < end:
            run_client(options)
            count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(options.clients) as pool:
        print(sum(pool.map(rounds, range(options.clients))))


parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["server", "client", "load"])
parser.add_argument("--host")
parser.add_argument("--port", required=True)
parser.add_argument("--scenario", choices=[name for name in SCENARIOS if name])
parser.add_argument("--path")
parser.add_argument("--clients", type=int)
parser.add_argument("--seconds", type=float)
options = parser.parse_args()
{"server": serve, "client": run_client, "load": load}[options.command](options)
