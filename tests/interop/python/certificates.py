"""The certificates of tests/certs/."""

import os

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "certs")


def read(name):
    """The PEM of a file, such as "server_cert"."""
    with open(os.path.join(FOLDER, f"{name}.pem"), "rb") as file:
        return file.read()
