package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class AddressesTest {
  @Test
  void callsGoToTheServersInTurnAndToThoseThatAreThere() throws IOException, InterruptedException {
    FakeServer first = FakeServer.onLoopback();
    try (FakeServer second = FakeServer.onLoopback();
        SightlineClient client =
            SightlineClient.connect(first.address() + "," + second.address())) {
      for (int i = 0; i < 20; i++) {
        client.models();
      }
      assertThat(first.modelCalls()).isGreaterThan(5);
      assertThat(second.modelCalls()).isGreaterThan(5);
      first.closed();
      for (int i = 0; i < 20; i++) {
        assertThat(client.models()).hasSize(1);
      }
    }
  }

  @Test
  void oneWhoseNameIsUnknownDoesNotKeepTheOthersOut() throws IOException {
    try (FakeServer server = FakeServer.onLoopback();
        SightlineClient client =
            SightlineClient.connect("no-such-host.invalid:1," + server.address())) {
      assertThat(client.models()).hasSize(1);
    }
  }

  @Test
  void anAddressMayBeOfTheNewerInternetToo() throws IOException {
    try (FakeServer server = FakeServer.onLoopback();
        SightlineClient client = SightlineClient.connect("[::1]:1," + server.address())) {
      assertThat(client.models()).hasSize(1);
    }
  }

  @Test
  void eachIsAHostAndAPort() {
    assertThat(Addresses.target("a:1")).isEqualTo("a:1");
    assertThat(Addresses.target("a:1,[::1]:2")).isEqualTo("sightline:///a:1,%5B::1%5D:2");
    for (String wrong : new String[] {"", "a", "a:1,", "a:1, b:2", "a:1,b", "http://a:1"}) {
      assertThatThrownBy(() -> SightlineClient.connect(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not an address such as localhost:8484");
    }
  }
}
