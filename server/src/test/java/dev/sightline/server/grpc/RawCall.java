package dev.sightline.server.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls of any method with any bytes. */
public final class RawCall {
  private static final long SECONDS = 60;
  private static final int ANSWERS = 1000;

  /** One byte more than a server takes in. */
  private static final byte[] ZEROS = new byte[ServerSettings.LOOPBACK.maxMessageBytes() + 1];

  private RawCall() {}

  /** What becomes of a call with those messages. */
  public static Status status(Channel channel, String method, List<byte[]> messages)
      throws Exception {
    return call(
        channel,
        method,
        messages.stream().<InputStream>map(ByteArrayInputStream::new).toList(),
        CallOptions.DEFAULT);
  }

  /** What becomes of a call with a message that is some 60 kB, and far more when it is unpacked. */
  public static Status bomb(Channel channel, String method) throws Exception {
    // A field that no message has, of so many zeros.
    byte[] tagAndLength = {15 << 3 | 2, (byte) 0x81, (byte) 0x80, (byte) 0x80, 32};
    InputStream message =
        new SequenceInputStream(
            new ByteArrayInputStream(tagAndLength), new ByteArrayInputStream(ZEROS));
    return call(channel, method, List.of(message), CallOptions.DEFAULT.withCompression("gzip"));
  }

  private static Status call(
      Channel channel, String method, List<InputStream> messages, CallOptions options)
      throws Exception {
    ClientCall<InputStream, InputStream> call =
        channel.newCall(
            MethodDescriptor.newBuilder(Bytes.MARSHALLER, Bytes.MARSHALLER)
                .setFullMethodName(method)
                .setType(MethodType.BIDI_STREAMING)
                .build(),
            options.withDeadlineAfter(SECONDS, TimeUnit.SECONDS));
    CompletableFuture<Status> end = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        new Metadata());
    call.request(ANSWERS);
    messages.forEach(call::sendMessage);
    call.halfClose();
    return end.get(SECONDS, TimeUnit.SECONDS);
  }

  /** Messages as they are. */
  private static final class Bytes implements MethodDescriptor.Marshaller<InputStream> {
    static final Bytes MARSHALLER = new Bytes();

    @Override
    public InputStream stream(InputStream message) {
      return message;
    }

    @Override
    public InputStream parse(InputStream message) {
      try {
        return new ByteArrayInputStream(message.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
