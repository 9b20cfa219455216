package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Reason;
import io.grpc.protobuf.StatusProto;
import org.junit.jupiter.api.Test;

class StatusesTest {

  /** Half of a character would be logged with a stack when it is written. */
  @Test
  void messagesAreCutBetweenCharacters() {
    for (int offset = 0; offset < 40; offset++) {
      String message = "x".repeat(offset) + "\ud83d\ude00".repeat(300);

      String sent =
          StatusProto.fromThrowable(Statuses.of(Refusal.of(Reason.REASON_PROTOCOL, message)))
              .getMessage();

      assertThat(message).startsWith(sent);
      assertThat(sent.codePoints()).hasSizeGreaterThan(100).allMatch(c -> c == 'x' || c > 0xffff);
    }
  }
}
