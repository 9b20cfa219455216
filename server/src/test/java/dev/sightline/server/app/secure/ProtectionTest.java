package dev.sightline.server.app.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.LogCapture;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtectionTest {
  private static SecurityConfig plaintext(boolean allowed, boolean reflection) {
    return new SecurityConfig(null, null, allowed, reflection, null, OptionalInt.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
  void plaintextWhereOthersCanReachItIsRefusedUnlessItIsSaidInSoManyWords(String host) {
    assertThatThrownBy(() -> Protection.of(SecurityConfig.LOOPBACK, host))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(host, "--tls-certificate", "loopback", "--allow-plaintext");
    try (LogCapture log = LogCapture.of(Protection.class);
        Protection allowed = Protection.of(plaintext(true, false), host)) {
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("WARN The server listens on " + host + " without encryption");
      assertThat(allowed.reflection()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.8.9.1", "::1", "localhost"})
  void plaintextOnLoopbackIsNoMatter(String host) {
    try (LogCapture log = LogCapture.of(Protection.class);
        Protection protection = Protection.of(SecurityConfig.LOOPBACK, host)) {
      assertThat(log.lines()).isEmpty();
      assertThat(protection.reflection()).isTrue();
      assertThat(protection.security().clients()).isNull();
    }
  }

  @Test
  void servicesAreDescribedToOthersOnlyIfThatIsWanted() {
    try (LogCapture log = LogCapture.of(Protection.class);
        Protection wanted = Protection.of(plaintext(true, true), "0.0.0.0")) {
      assertThat(wanted.reflection()).isTrue();
      assertThat(log.lines()).hasSize(1);
    }
  }

  @Test
  void modelsAreReplacedOnLoopbackAndElsewhereOnlyIfThatIsWanted() {
    try (LogCapture log = LogCapture.of(Protection.class)) {
      assertThat(reloads("127.0.0.1", null)).isTrue();
      assertThat(reloads("127.0.0.1", true)).isTrue();
      assertThat(reloads("127.0.0.1", false)).isFalse();
      assertThat(reloads("0.0.0.0", null)).isFalse();
      assertThat(reloads("0.0.0.0", true)).isTrue();
      assertThat(reloads("0.0.0.0", false)).isFalse();
      assertThat(log.lines()).hasSize(3);
    }
  }

  private static boolean reloads(String host, @Nullable Boolean asked) {
    SecurityConfig config = new SecurityConfig(null, null, true, false, asked, OptionalInt.empty());
    try (Protection protection = Protection.of(config, host)) {
      return protection.reload();
    }
  }

  @Test
  void portsThatThereAreNotAreNamed() {
    assertThatThrownBy(
            () -> new SecurityConfig(null, null, false, false, null, OptionalInt.of(65_536)))
        .hasMessage("health-port is 65536, 0 to 65535 is allowed");
  }
}
