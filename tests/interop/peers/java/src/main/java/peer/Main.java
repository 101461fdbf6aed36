package peer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.RootAllocator;

/**
 * Arrow's integration scenarios over flight-core, with the command lines of Arrow's testers.
 *
 * <pre>
 * peer.Main server --port=0 [--scenario=NAME]
 * peer.Main client --host=HOST --port=PORT (--scenario=NAME | --path=JSON)
 * peer.Main load --host=HOST --port=PORT --path=JSON --clients=N --seconds=N
 * peer.Main both --path=JSON
 * </pre>
 *
 * <p>{@code load} runs many clients at the same time, again and again, and prints how often. {@code
 * both} runs a server and its client, and so loads the classes of both.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    try {
      run(args[0], new Options(args));
      System.exit(0);
    } catch (Throwable error) {
      error.printStackTrace();
      System.exit(1);
    }
  }

  private static void run(String command, Options options) throws Exception {
    switch (command) {
      case "server":
        serve(options, Integer.parseInt(options.get("port"))).awaitTermination();
        break;
      case "client":
        runClient(options);
        break;
      case "load":
        load(options);
        break;
      case "both":
        int port = serve(options, 0).getPort();
        runClient(options.with("host", "localhost").with("port", Integer.toString(port)));
        break;
      default:
        throw new IllegalArgumentException("there is no command " + command);
    }
  }

  private static FlightServer serve(Options options, int port) throws Exception {
    var allocator = new RootAllocator();
    var scenario = Scenarios.find(options);
    scenario.allocator = allocator;
    var location = Location.forGrpcInsecure("127.0.0.1", port);
    var builder = FlightServer.builder(allocator, location, scenario.producer());
    scenario.configure(builder);
    var server = builder.build().start();
    scenario.port = server.getPort();
    System.out.println("Server listening on localhost:" + server.getPort());
    return server;
  }

  private static void runClient(Options options) throws Exception {
    try (var peer = new Peer(options)) {
      Scenarios.find(options).run(peer);
    }
  }

  private static void load(Options options) throws Exception {
    int clients = Integer.parseInt(options.get("clients"));
    long end = System.nanoTime() + Long.parseLong(options.get("seconds")) * 1_000_000_000L;
    Callable<Integer> rounds =
        () -> {
          int count = 0;
          for (; System.nanoTime() < end; count++) {
            runClient(options);
          }
          return count;
        };
    var executor = Executors.newFixedThreadPool(clients);
    List<Future<Integer>> results = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      results.add(executor.submit(rounds));
    }
    int total = 0;
    for (Future<Integer> result : results) {
      total += result.get();
    }
    System.out.println(total);
  }
}
