package peer;

import java.util.Arrays;
import java.util.Optional;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.auth.BasicClientAuthHandler;
import org.apache.arrow.flight.auth.BasicServerAuthHandler;

/** {@code auth:basic_proto}: name and password by Handshake, then a token. */
final class AuthBasicProto extends Scenario {
  private static final String USERNAME = "arrow";
  private static final String PASSWORD = "flight";

  @Override
  void configure(FlightServer.Builder builder) {
    builder.authHandler(
        new BasicServerAuthHandler(
            new BasicServerAuthHandler.BasicAuthValidator() {
              @Override
              public byte[] getToken(String username, String password) {
                if (!USERNAME.equals(username) || !PASSWORD.equals(password)) {
                  throw CallStatus.UNAUTHENTICATED.toRuntimeException();
                }
                return bytes(username);
              }

              @Override
              public Optional<String> isValid(byte[] token) {
                boolean isValid = Arrays.equals(token, bytes(USERNAME));
                return isValid ? Optional.of(USERNAME) : Optional.empty();
              }
            }));
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    listener.onNext(new Result(bytes(context.peerIdentity())));
    listener.onCompleted();
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = peer.connect()) {
      var action = new Action("");
      try {
        client.doAction(action).forEachRemaining(result -> {});
        throw new AssertionError("the call did not fail");
      } catch (FlightRuntimeException error) {
        assertEquals(error.status().code(), FlightStatusCode.UNAUTHENTICATED);
      }
      client.authenticate(new BasicClientAuthHandler(USERNAME, PASSWORD));
      var results = client.doAction(action);
      assertEquals(text(results.next().getBody()), USERNAME);
      assertEquals(results.hasNext(), false);
    }
  }
}
