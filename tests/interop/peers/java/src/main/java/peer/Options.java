package peer;

import java.util.HashMap;
import java.util.Map;

/** The command line after the command: {@code --name=value}. */
final class Options {
  private final Map<String, String> values = new HashMap<>();

  Options(String[] args) {
    for (int index = 1; index < args.length; index++) {
      String[] parts = args[index].split("=", 2);
      if (!parts[0].startsWith("--") || parts.length < 2) {
        throw new IllegalArgumentException(args[index] + " is not --name=value");
      }
      values.put(parts[0].substring(2), parts[1]);
    }
  }

  /** Sets a value. */
  Options with(String name, String value) {
    values.put(name, value);
    return this;
  }

  /** The value, or null. */
  String find(String name) {
    return values.get(name);
  }

  /** The value, which must be there. */
  String get(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("option --" + name + " is missing");
    }
    return value;
  }
}
