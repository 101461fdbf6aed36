"""The cases of pyarrow's client: importing them registers them."""

from client_cases import data, descriptions, errors, ends, flow, headers, tls

__all__ = ["data", "descriptions", "errors", "ends", "flow", "headers", "tls"]
