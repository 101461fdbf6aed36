/**
 * Everything that is loaded before any part. Each part imports it: a bundler that groups modules by the
 * files that need them then keeps it in one piece. Otherwise esbuild would cut it into twenty.
 */

import "../client/flight_client.ts";
import "../transport/grpc_web/client.ts";
