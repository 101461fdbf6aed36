import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Runs statements by the JDBC driver of Arrow Flight SQL.
 *
 * <p>Argument: a location. Each line of input is a step, its parts separated by tabs: {@code query SQL
 * [PARAMETER...]}, {@code update SQL} or {@code tables}. Each line of output has the rows, the count or the
 * error of a step, in JSON.
 */
public final class JdbcRows {
  public static void main(String[] arguments) throws Exception {
    URI location = URI.create(arguments[0]);
    PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    String url = "jdbc:arrow-flight-sql://" + location.getHost() + ":" + location.getPort()
        + "/?useEncryption=false";
    try (Connection connection = DriverManager.getConnection(url);
        BufferedReader input =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        String answer;
        try {
          answer = run(connection, line.split("\t"));
        } catch (Exception error) {
          answer = "{\"error\":" + quoted(error.toString()) + "}";
        }
        output.println(answer);
      }
    }
    System.exit(0);
  }

  private static String run(Connection connection, String[] step) throws Exception {
    if (step[0].equals("tables")) {
      try (ResultSet rows = connection.getMetaData().getTables(null, null, null, null)) {
        List<String> names = new ArrayList<>();
        while (rows.next()) names.add("[" + quoted(rows.getString("TABLE_NAME")) + "]");
        return "{\"rows\":[" + String.join(",", names) + "]}";
      }
    }
    if (step[0].equals("update")) {
      try (Statement statement = connection.createStatement()) {
        return "{\"count\":" + statement.executeUpdate(step[1]) + "}";
      }
    }
    if (step.length == 2) {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(step[1])) {
        return rowsOf(rows);
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(step[1])) {
      for (int i = 2; i < step.length; i++) statement.setLong(i - 1, Long.parseLong(step[i]));
      try (ResultSet rows = statement.executeQuery()) {
        return rowsOf(rows);
      }
    }
  }

  private static String rowsOf(ResultSet rows) throws Exception {
    int columns = rows.getMetaData().getColumnCount();
    List<String> lines = new ArrayList<>();
    while (rows.next()) {
      Object[] row = new Object[columns];
      for (int i = 0; i < columns; i++) row[i] = rows.getObject(i + 1);
      lines.add(json(Arrays.asList(row)));
    }
    return "{\"rows\":[" + String.join(",", lines) + "]}";
  }

  private static String json(Object value) throws Exception {
    if (value == null || value instanceof Boolean || value instanceof Number) {
      return String.valueOf(value);
    }
    if (value instanceof Array array) return json(array.getArray());
    if (value instanceof Struct struct) return json(struct.getAttributes());
    if (value instanceof Object[] parts) return json(Arrays.asList(parts));
    if (value instanceof Map<?, ?> map) return json(new ArrayList<>(map.values()));
    if (value instanceof java.sql.Date date) return quoted(date + "T00:00:00.000Z");
    if (value instanceof List<?> list) {
      List<String> parts = new ArrayList<>();
      for (Object part : list) parts.add(json(part));
      return "[" + String.join(",", parts) + "]";
    }
    return quoted(value.toString());
  }

  private static String quoted(String text) {
    StringBuilder line = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') line.append('\\').append(c);
      else if (c < ' ') line.append(String.format("\\u%04x", (int) c));
      else line.append(c);
    }
    return line.append('"').toString();
  }
}
