package peer;

import static org.apache.arrow.flight.SessionOptionValueFactory.makeEmptySessionOptionValue;
import static org.apache.arrow.flight.SessionOptionValueFactory.makeSessionOptionValue;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.CloseSessionResult;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.GetSessionOptionsRequest;
import org.apache.arrow.flight.GetSessionOptionsResult;
import org.apache.arrow.flight.NoOpSessionOptionValueVisitor;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.ServerSessionMiddleware;
import org.apache.arrow.flight.SessionOptionValue;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SetSessionOptionsResult;
import org.apache.arrow.flight.SetSessionOptionsResult.Error;
import org.apache.arrow.flight.SetSessionOptionsResult.ErrorValue;
import org.apache.arrow.flight.client.ClientCookieMiddleware;

/** {@code session_options}: options that the server keeps for the holder of a cookie. */
final class SessionOptions extends Scenario {
  private static final FlightServerMiddleware.Key<ServerSessionMiddleware> SESSION =
      FlightServerMiddleware.Key.of("session");
  private static final String INVALID = "lol_invalid";

  // The server

  @Override
  void configure(FlightServer.Builder builder) {
    var id = new AtomicInteger(1000);
    builder.middleware(
        SESSION, new ServerSessionMiddleware.Factory(() -> Integer.toString(id.getAndIncrement())));
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    try {
      var session = context.getMiddleware(SESSION);
      listener.onNext(new Result(act(session, action).array()));
      listener.onCompleted();
    } catch (Exception error) {
      listener.onError(error);
    }
  }

  private static ByteBuffer act(ServerSessionMiddleware session, Action action) throws Exception {
    if (action.getType().equals(FlightConstants.SET_SESSION_OPTIONS.getType())) {
      var request = SetSessionOptionsRequest.deserialize(ByteBuffer.wrap(action.getBody()));
      return set(session.getSession(), request).serialize();
    }
    if (action.getType().equals(FlightConstants.GET_SESSION_OPTIONS.getType())) {
      return new GetSessionOptionsResult(session.getSession().getSessionOptions()).serialize();
    }
    if (action.getType().equals(FlightConstants.CLOSE_SESSION.getType())) {
      session.closeSession();
      return new CloseSessionResult(CloseSessionResult.Status.CLOSED).serialize();
    }
    throw CallStatus.INVALID_ARGUMENT.withDescription(action.getType()).toRuntimeException();
  }

  private static SetSessionOptionsResult set(
      ServerSessionMiddleware.Session session, SetSessionOptionsRequest request) {
    Map<String, Error> errors = new HashMap<>();
    request
        .getSessionOptions()
        .forEach(
            (name, value) -> {
              if (name.equals(INVALID)) {
                errors.put(name, new Error(ErrorValue.INVALID_NAME));
              } else if (textOf(value).equals(INVALID)) {
                errors.put(name, new Error(ErrorValue.INVALID_VALUE));
              } else if (value.isEmpty()) {
                session.eraseSessionOption(name);
              } else {
                session.setSessionOption(name, value);
              }
            });
    return new SetSessionOptionsResult(errors);
  }

  // The client

  @Override
  void run(Peer peer) throws Exception {
    String[] list = {"a", "b", "sea", "dee", " ", "  ", "geee", "(づ｡◕‿‿◕｡)づ"};
    try (var client = peer.connect(new ClientCookieMiddleware.Factory())) {
      var set =
          Map.of(
              "foolong", makeSessionOptionValue(123L),
              "bardouble", makeSessionOptionValue(456.0),
              INVALID, makeSessionOptionValue("this won't get set"),
              "key_with_invalid_value", makeSessionOptionValue(INVALID),
              "big_ol_string_list", makeSessionOptionValue(list));
      assertEquals(
          client.setSessionOptions(new SetSessionOptionsRequest(set)).getErrors(),
          Map.of(
              INVALID, new Error(ErrorValue.INVALID_NAME),
              "key_with_invalid_value", new Error(ErrorValue.INVALID_VALUE)));
      assertEquals(
          options(client),
          Map.of(
              "foolong", "123",
              "bardouble", "456.0",
              "big_ol_string_list", String.join("|", list)));

      var joined = "a,b,sea,dee, ,  ,geee,(づ｡◕‿‿◕｡)づ";
      var change =
          Map.of(
              "foolong", makeEmptySessionOptionValue(),
              "big_ol_string_list", makeSessionOptionValue(joined));
      var result = client.setSessionOptions(new SetSessionOptionsRequest(change));
      assertEquals(result.hasErrors(), false);
      assertEquals(options(client), Map.of("bardouble", "456.0", "big_ol_string_list", joined));
    }
  }

  private static Map<String, String> options(FlightClient client) {
    Map<String, String> texts = new TreeMap<>();
    client
        .getSessionOptions(new GetSessionOptionsRequest())
        .getSessionOptions()
        .forEach((name, value) -> texts.put(name, textOf(value)));
    return texts;
  }

  private static String textOf(SessionOptionValue value) {
    String text =
        value.acceptVisitor(
            new NoOpSessionOptionValueVisitor<String>() {
              @Override
              public String visit(String value) {
                return value;
              }

              @Override
              public String visit(long value) {
                return Long.toString(value);
              }

              @Override
              public String visit(double value) {
                return Double.toString(value);
              }

              @Override
              public String visit(String[] value) {
                return String.join("|", value);
              }
            });
    return text == null ? "" : text;
  }
}
