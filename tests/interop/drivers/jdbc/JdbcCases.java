import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Timer;
import java.util.TimerTask;

/**
 * The JDBC driver of Arrow Flight SQL against our server.
 *
 * <pre>JdbcCases list
 * JdbcCases run ENGINE PORT NAMES</pre>
 *
 * Prints lines of JSON around each case, as case_runner.ts says.
 */
public final class JdbcCases {
  private static final Map<String, Case> CASES = new LinkedHashMap<>();
  private static String engine;
  private static String port;

  private interface Case {
    void run(Connection connection) throws Exception;
  }

  static {
    CASES.put("JDBC isValid", connection -> check(connection.isValid(5), "not valid"));
    CASES.put("JDBC executeQuery", connection -> {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(
              "SELECT id, title, price, cover FROM album ORDER BY id")) {
        check(rows.next(), "no first row");
        same(1L, rows.getLong("id"));
        same("Blue", rows.getString(2));
        same(9.5, rows.getDouble("price"));
        check(Arrays.equals(new byte[] {0, (byte) 0xff}, rows.getBytes(4)), "other bytes");
        check(rows.next(), "no second row");
        same(0.0, rows.getDouble("price"));
        check(rows.wasNull(), "not null");
        check(rows.next() && !rows.next(), "other than three rows");
      }
    });
    CASES.put("JDBC executeQuery of many batches", connection -> {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(countTo(200_000))) {
        long sum = 0;
        while (rows.next()) sum += rows.getLong(1);
        same(20_000_100_000L, sum);
      }
    });
    CASES.put("JDBC executeQuery without rows", connection -> {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT id FROM album WHERE id < 0")) {
        check(!rows.next(), "a row");
        same("id", rows.getMetaData().getColumnLabel(1));
      }
    });
    CASES.put("JDBC executeUpdate", connection -> {
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("CREATE TABLE jdbc_update (n INTEGER, s TEXT)");
        same(2, statement.executeUpdate("INSERT INTO jdbc_update VALUES (1, 'a'), (2, 'b')"));
        same(1, statement.executeUpdate("UPDATE jdbc_update SET s = 'c' WHERE n = 2"));
        same(2, statement.executeUpdate("DELETE FROM jdbc_update"));
        statement.executeUpdate("DROP TABLE jdbc_update");
      }
    });
    CASES.put("JDBC execute", connection -> {
      try (Statement statement = connection.createStatement()) {
        check(statement.execute("SELECT 1"), "no rows");
        try (ResultSet rows = statement.getResultSet()) {
          check(rows.next(), "no row");
          same(1L, rows.getLong(1));
        }
        check(!statement.execute("CREATE TABLE jdbc_execute (n INTEGER)"), "rows of DDL");
        check(!statement.execute("DROP TABLE jdbc_execute"), "rows of DDL");
      }
    });
    CASES.put("JDBC parameters of every type", connection -> {
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("CREATE TABLE jdbc_types"
            + " (i BIGINT, r DOUBLE, t TEXT, b BLOB, l BOOLEAN, d DATE, x TEXT)");
        try (PreparedStatement insert = connection.prepareStatement(
            "INSERT INTO jdbc_types VALUES (?, ?, ?, ?, ?, ?, ?)")) {
          same(7, insert.getParameterMetaData().getParameterCount());
          insert.setLong(1, Long.MIN_VALUE);
          insert.setDouble(2, 0.1);
          insert.setString(3, "it's \u00e9\ud83d\ude80");
          insert.setBytes(4, new byte[] {0, 1, 2});
          insert.setBoolean(5, true);
          insert.setDate(6, java.sql.Date.valueOf("2026-11-28"));
          insert.setNull(7, Types.VARCHAR);
          same(1, insert.executeUpdate());
        }
        try (ResultSet rows = statement.executeQuery("SELECT * FROM jdbc_types")) {
          check(rows.next(), "no row");
          same(Long.MIN_VALUE, rows.getLong(1));
          same(0.1, rows.getDouble(2));
          same("it's \u00e9\ud83d\ude80", rows.getString(3));
          check(Arrays.equals(new byte[] {0, 1, 2}, rows.getBytes(4)), "other bytes");
          same(true, rows.getBoolean(5));
          same("2026-11-28", rows.getDate(6).toString());
          same(null, rows.getString(7));
        }
        statement.executeUpdate("DROP TABLE jdbc_types");
      }
    });
    CASES.put("JDBC parameters of a query", connection -> {
      try (PreparedStatement query = connection.prepareStatement(
          "SELECT title FROM album WHERE id = ? AND title <> ?")) {
        for (int turn = 0; turn < 20; turn++) {
          query.setLong(1, 3);
          query.setString(2, "'; DROP TABLE album; --");
          try (ResultSet rows = query.executeQuery()) {
            check(rows.next(), "no row");
            same("Kind", rows.getString(1));
          }
        }
      }
    });
    CASES.put("JDBC batches", connection -> {
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("CREATE TABLE jdbc_batch (n INTEGER)");
        try (PreparedStatement insert = connection.prepareStatement(
            "INSERT INTO jdbc_batch VALUES (?)")) {
          for (int n = 0; n < 100; n++) {
            insert.setLong(1, n);
            insert.addBatch();
          }
          insert.executeBatch();
        }
        try (ResultSet rows = statement.executeQuery("SELECT count(*), sum(n) FROM jdbc_batch")) {
          rows.next();
          same(100L, rows.getLong(1));
          same(4950L, rows.getLong(2));
        }
        statement.executeUpdate("DROP TABLE jdbc_batch");
      }
    });
    CASES.put("JDBC ResultSetMetaData", connection -> {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT id, title, price, cover FROM album")) {
        ResultSetMetaData metadata = rows.getMetaData();
        same(4, metadata.getColumnCount());
        same("title", metadata.getColumnName(2));
        same(Types.BIGINT, metadata.getColumnType(1));
        same(Types.VARCHAR, metadata.getColumnType(2));
        same(Types.DOUBLE, metadata.getColumnType(3));
        same(Types.VARBINARY, metadata.getColumnType(4));
      }
    });
    CASES.put("JDBC getTables", connection -> {
      DatabaseMetaData metadata = connection.getMetaData();
      check(names(metadata.getTables(null, null, "%", null), "TABLE_NAME")
          .containsAll(List.of("artist", "album", "priced")), "a table is missing");
      same(List.of("priced"), names(
          metadata.getTables(null, null, "%", new String[] {"VIEW"}), "TABLE_NAME"));
      same(List.of("album"), names(metadata.getTables(null, null, "alb_m", null), "TABLE_NAME"));
    });
    CASES.put("JDBC getColumns", connection -> {
      DatabaseMetaData metadata = connection.getMetaData();
      same(List.of("id", "title", "artist_id", "price", "cover"),
          names(metadata.getColumns(null, null, "album", "%"), "COLUMN_NAME"));
      same(List.of("title"), names(metadata.getColumns(null, null, "album", "tit%"), "COLUMN_NAME"));
    });
    CASES.put("JDBC getCatalogs, getSchemas and getTableTypes", connection -> {
      DatabaseMetaData metadata = connection.getMetaData();
      check(names(metadata.getCatalogs(), "TABLE_CAT").contains(engine.equals("sqlite") ? "main" : "drivers"), "no catalog");
      names(metadata.getSchemas(), "TABLE_SCHEM");
      check(names(metadata.getTableTypes(), "TABLE_TYPE").containsAll(List.of("TABLE", "VIEW")),
          "no table types");
    });
    CASES.put("JDBC keys", connection -> {
      DatabaseMetaData metadata = connection.getMetaData();
      same(List.of("id"), names(metadata.getPrimaryKeys(null, null, "album"), "COLUMN_NAME"));
      same(List.of("artist_id"),
          names(metadata.getImportedKeys(null, null, "album"), "FKCOLUMN_NAME"));
      same(List.of("album"), names(metadata.getExportedKeys(null, null, "artist"), "FKTABLE_NAME"));
      same(List.of("id"), names(
          metadata.getCrossReference(null, null, "artist", null, null, "album"), "PKCOLUMN_NAME"));
    });
    CASES.put("JDBC getters of DatabaseMetaData", connection -> {
      DatabaseMetaData metadata = connection.getMetaData();
      same(engine, metadata.getDatabaseProductName().toLowerCase());
      List<String> problems = new ArrayList<>();
      for (var method : DatabaseMetaData.class.getMethods()) {
        if (method.getParameterCount() > 0 || ResultSet.class == method.getReturnType()) continue;
        try {
          method.invoke(metadata);
        } catch (java.lang.reflect.InvocationTargetException error) {
          Throwable cause = error.getCause();
          if (cause instanceof java.sql.SQLFeatureNotSupportedException) continue;
          problems.add(method.getName() + ": " + cause);
        }
      }
      same(List.of(), problems);
    });
    CASES.put("JDBC cancel", connection -> {
      try (Statement statement = connection.createStatement()) {
        Timer timer = new Timer(true);
        timer.schedule(new TimerTask() {
          @Override
          public void run() {
            try {
              statement.cancel();
            } catch (SQLException ignored) {
              // The query has ended: the case fails.
            }
          }
        }, 500);
        try (ResultSet rows = statement.executeQuery(countTo(1_000_000_000_000L))) {
          while (rows.next()) {
            // Until it is cancelled.
          }
          throw new AssertionError("an endless query ended");
        } catch (SQLException | RuntimeException error) {
          // The driver passes on an exception of Flight, which its jar has under another name.
          check(String.valueOf(error.getMessage()).toLowerCase().contains("cancel"), "not cancelled: " + error);
        } finally {
          timer.cancel();
        }
      }
    });
    CASES.put("JDBC errors of SQL", connection -> {
      try (Statement statement = connection.createStatement()) {
        try {
          statement.executeQuery("SELEC 1");
          throw new AssertionError("it was executed");
        } catch (SQLException error) {
          check(error.getMessage().contains("SELEC"), error.getMessage());
        }
        check(statement.execute("SELECT 1"), "no rows");
      }
    });
    CASES.put("JDBC catalog of a connection", connection -> {
      Connection other = connect("ada", "1815", Map.of("catalog", engine.equals("sqlite") ? "main" : "drivers"));
      try (Statement statement = other.createStatement()) {
        check(statement.execute("SELECT 1"), "no rows");
      }
      try {
        other.close();
      } catch (SQLException error) {
        // The driver closes its session twice, the second time without a channel.
        check(error.getMessage().contains("Channel shutdown"), error.getMessage());
      }
    });
    CASES.put("JDBC a wrong password", connection -> {
      try (Connection other = connect("ada", "wrong", Map.of())) {
        throw new AssertionError("it was let in: " + other);
      } catch (SQLException error) {
        check(error.getMessage().toLowerCase().contains("unauthenticated"), error.getMessage());
      }
    });
  }

  private JdbcCases() {}

  public static void main(String[] args) {
    if (args[0].equals("list")) {
      System.out.println("[" + String.join(",", CASES.keySet().stream().map(JdbcCases::json).toList()) + "]");
      return;
    }
    engine = args[1];
    port = args[2];
    // The names are a list of JSON; none of them has a quote.
    for (String name : CASES.keySet()) {
      if (!args[3].contains(json(name))) continue;
      System.out.println("{\"start\":" + json(name) + "}");
      String error = "";
      try (Connection connection = connect("ada", "1815", Map.of())) {
        CASES.get(name).run(connection);
      } catch (Throwable problem) {
        var text = new java.io.StringWriter();
        problem.printStackTrace(new java.io.PrintWriter(text));
        error = ",\"error\":" + json(text.toString());
      }
      System.out.println("{\"end\":" + json(name) + error + "}");
    }
    System.exit(0);
  }

  private static Connection connect(String user, String password, Map<String, String> more)
      throws SQLException {
    Properties properties = new Properties();
    properties.put("user", user);
    properties.put("password", password);
    properties.put("useEncryption", "false");
    properties.putAll(more);
    return DriverManager.getConnection("jdbc:arrow-flight-sql://127.0.0.1:" + port, properties);
  }

  /** A query of the numbers from 1 to `end`. */
  private static String countTo(long end) {
    if (engine.equals("duckdb")) return "SELECT range AS i FROM range(1, " + (end + 1) + ")";
    return "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < " + end + ") SELECT i FROM r";
  }

  private static List<String> names(ResultSet rows, String column) throws SQLException {
    List<String> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) found.add(rows.getString(column));
    }
    return found;
  }

  private static void same(Object expected, Object actual) {
    check(Objects.equals(expected, actual), "expected " + expected + ", got " + actual);
  }

  private static void check(boolean condition, String problem) {
    if (!condition) throw new AssertionError(problem);
  }

  private static String json(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char unit : text.toCharArray()) {
      if (unit == '"' || unit == '\\') out.append('\\').append(unit);
      else if (unit < ' ') out.append(String.format("\\u%04x", (int) unit));
      else out.append(unit);
    }
    return out.append('"').toString();
  }
}
