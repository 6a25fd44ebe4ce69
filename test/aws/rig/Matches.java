import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Scanner;
import java.util.regex.Pattern;

/**
 * Reads lines of a pattern and a value, both in base64, and prints whether the whole value matches:
 * CloudFormation reads AllowedPattern in Java's dialect.
 */
class Matches {
  public static void main(String[] arguments) {
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      String[] parts = lines.nextLine().split(" ", 2);
      System.out.println(Pattern.compile(text(parts[0])).matcher(text(parts[1])).matches());
    }
  }

  static String text(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
