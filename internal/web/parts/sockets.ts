/** The part for WebSockets. */

import "../loaded_first.ts";

export * from "../../transport/grpc_web/sockets/open_socket.ts";
