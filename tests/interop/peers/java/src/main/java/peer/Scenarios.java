package peer;

/** The scenarios by their names, as Arrow's runner gives them. */
final class Scenarios {
  private Scenarios() {}

  /** Finds the scenario that the options name; the default flow where they name none. */
  static Scenario find(Options options) {
    String name = options.find("scenario");
    if (name == null) {
      return new JsonData(options.find("path"));
    }
    switch (name) {
      case "auth:basic_proto":
        return new AuthBasicProto();
      case "middleware":
        return new Middleware();
      case "ordered":
        return new Ordered();
      case "expiration_time:do_get":
        return new ExpirationTime(ExpirationTime::get);
      case "expiration_time:list_actions":
        return new ExpirationTime(ExpirationTime::listActions);
      case "expiration_time:cancel_flight_info":
        return new ExpirationTime(ExpirationTime::cancel);
      case "expiration_time:renew_flight_endpoint":
        return new ExpirationTime(ExpirationTime::renew);
      case "do_exchange:echo":
        return new DoExchangeEcho();
      case "location:reuse_connection":
        return new LocationReuseConnection();
      case "session_options":
        return new SessionOptions();
      case "poll_flight_info":
        return new PollFlightInfo();
      case "app_metadata_flight_info_endpoint":
        return new AppMetadata();
      case "flight_sql":
        return new FlightSql(FlightSql::run);
      case "flight_sql:extension":
        return new FlightSql(FlightSql::runExtension);
      case "flight_sql:ingestion":
        return new FlightSql(FlightSql::runIngestion);
      default:
        throw new IllegalArgumentException("there is no scenario " + name);
    }
  }
}
