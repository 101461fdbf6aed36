package peer;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelFlightInfoResult;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.RenewFlightEndpointRequest;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;

/** {@code expiration_time:…}: endpoints that expire, can be cancelled and renewed. */
final class ExpirationTime extends Scenario {
  /** What one of the scenarios does. */
  interface Run {
    void with(FlightClient client) throws Exception;
  }

  /** What the server knows of an endpoint. */
  private static final class State {
    Instant expiration;
    boolean wasRead;
    boolean isCancelled;
  }

  private final Run run;
  private final List<State> states = new ArrayList<>();

  ExpirationTime(Run run) {
    this.run = run;
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = peer.connect()) {
      run.with(client);
    }
  }

  // The server

  @Override
  public synchronized FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    states.clear();
    return info(
        Numbers.UINT32,
        descriptor,
        add("No expiration time", null),
        add("5 seconds", Instant.now().plusSeconds(5)),
        add("6 seconds", Instant.now().plusSeconds(6)));
  }

  private FlightEndpoint add(String title, Instant expiration) {
    var state = new State();
    state.expiration = expiration;
    states.add(state);
    var ticket = new Ticket(bytes(states.size() - 1 + ": " + title));
    return expiration == null
        ? new FlightEndpoint(ticket)
        : new FlightEndpoint(ticket, expiration);
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    synchronized (this) {
      var state = states.get(indexOf(ticket));
      boolean isOver =
          state.expiration == null ? state.wasRead : state.expiration.isBefore(Instant.now());
      if (state.isCancelled || isOver) {
        throw CallStatus.NOT_FOUND.withDescription("cancelled or over").toRuntimeException();
      }
      state.wasRead = true;
    }
    Numbers.send(Numbers.UINT32, allocator, listener, indexOf(ticket));
  }

  /** The number before the colon. */
  private static int indexOf(Ticket ticket) {
    return Integer.parseInt(text(ticket.getBytes()).split(":")[0]);
  }

  @Override
  public void listActions(CallContext context, StreamListener<ActionType> listener) {
    listener.onNext(FlightConstants.CANCEL_FLIGHT_INFO);
    listener.onNext(FlightConstants.RENEW_FLIGHT_ENDPOINT);
    listener.onCompleted();
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    try {
      listener.onNext(new Result(act(action.getType(), ByteBuffer.wrap(action.getBody())).array()));
      listener.onCompleted();
    } catch (Exception error) {
      listener.onError(error);
    }
  }

  private synchronized ByteBuffer act(String type, ByteBuffer body) throws Exception {
    if (type.equals(FlightConstants.CANCEL_FLIGHT_INFO.getType())) {
      return cancel(CancelFlightInfoRequest.deserialize(body).getInfo()).serialize();
    }
    if (type.equals(FlightConstants.RENEW_FLIGHT_ENDPOINT.getType())) {
      return renew(RenewFlightEndpointRequest.deserialize(body).getFlightEndpoint()).serialize();
    }
    throw CallStatus.INVALID_ARGUMENT.withDescription(type).toRuntimeException();
  }

  private CancelFlightInfoResult cancel(FlightInfo info) {
    var status = CancelStatus.CANCELLED;
    for (var endpoint : info.getEndpoints()) {
      int index = indexOf(endpoint.getTicket());
      if (index >= states.size() || states.get(index).isCancelled) {
        status = CancelStatus.NOT_CANCELLABLE;
      } else {
        states.get(index).isCancelled = true;
      }
    }
    return new CancelFlightInfoResult(status);
  }

  private FlightEndpoint renew(FlightEndpoint endpoint) {
    var state = states.get(indexOf(endpoint.getTicket()));
    if (state.isCancelled) {
      throw CallStatus.INVALID_ARGUMENT.withDescription("cancelled").toRuntimeException();
    }
    state.expiration = Instant.now().plusSeconds(10);
    var ticket = text(endpoint.getTicket().getBytes()) + ": renewed (+ 10 seconds)";
    return new FlightEndpoint(
        new Ticket(bytes(ticket)),
        state.expiration,
        endpoint.getLocations().toArray(new Location[0]));
  }

  // The clients

  static void get(FlightClient client) throws Exception {
    List<Boolean> expiring = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (var endpoint : client.getInfo(command("expiration_time")).getEndpoints()) {
      expiring.add(endpoint.getExpirationTime().isPresent());
      numbers.addAll(Numbers.read(client, endpoint.getTicket()));
    }
    assertEquals(expiring, List.of(false, true, true));
    assertEquals(numbers, Numbers.listOf(0, 1, 2));
  }

  static void listActions(FlightClient client) {
    List<String> actions = new ArrayList<>();
    client.listActions().forEach(action -> actions.add(action.getType()));
    actions.sort(null);
    assertEquals(actions, List.of("CancelFlightInfo", "RenewFlightEndpoint"));
  }

  static void cancel(FlightClient client) throws Exception {
    var info = client.getInfo(command("expiration"));
    var result = client.cancelFlightInfo(new CancelFlightInfoRequest(info));
    assertEquals(result.getStatus(), CancelStatus.CANCELLED);
    for (var endpoint : info.getEndpoints()) {
      try {
        Numbers.read(client, endpoint.getTicket());
      } catch (FlightRuntimeException error) {
        continue;
      }
      throw new AssertionError("a cancelled endpoint was read");
    }
  }

  static void renew(FlightClient client) {
    int renewed = 0;
    for (var endpoint : client.getInfo(command("expiration")).getEndpoints()) {
      if (endpoint.getExpirationTime().isEmpty()) {
        continue;
      }
      var later = client.renewFlightEndpoint(new RenewFlightEndpointRequest(endpoint));
      var expiration = later.getExpirationTime().orElseThrow();
      assertEquals(expiration.isAfter(endpoint.getExpirationTime().get()), true);
      renewed++;
    }
    assertEquals(renewed, 2);
  }
}
