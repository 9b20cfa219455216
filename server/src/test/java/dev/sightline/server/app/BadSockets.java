package dev.sightline.server.app;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;

/** Connections that do not speak HTTP/2, or speak it badly, or are cut. Not thread-safe. */
final class BadSockets {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

  /** What a client of TLS 1.2 says first. */
  private static final String CLIENT_HELLO =
      "160301002f0100002b0303" + "17".repeat(32) + "000004c02bc02f0100";

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  private final InetSocketAddress server;
  private final Random random;

  /** Connections to that port of loopback, the same for the same seed. */
  BadSockets(int port, Random random) {
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.random = random;
  }

  /** Makes one connection, and waits until the server has closed it. */
  void next() throws IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    boolean cut = random.nextInt(4) == 0;
    switch (random.nextInt(12)) {
      case 0 -> said.writeBytes(noise(1 + random.nextInt(2000)));
      case 1 -> said.writeBytes(HexFormat.of().parseHex(CLIENT_HELLO));
      case 2 -> said.writeBytes("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      case 3 -> said.write(PREFACE, 0, random.nextInt(PREFACE.length));
      case 4 -> begun(said).writeBytes(noise(9 + random.nextInt(2000)));
      case 5 ->
          data(call(begun(said), "application/grpc"), message(0, Integer.MAX_VALUE, noise(50)));
      case 6 -> data(call(begun(said), "application/grpc"), message(1, 50, noise(50)));
      case 7 -> {
        frame(call(begun(said), "application/grpc"), DATA, END_STREAM, 1, message(0, 0, noise(0)));
        data(said, message(0, 10, noise(10)));
      }
      case 8 -> data(call(begun(said), "text/html"), noise(40));
      case 9 -> {
        frame(begun(said), HEADERS, 0, 1, header("x", "y".repeat(100)));
        for (int i = 0; i < 300; i++) {
          frame(said, CONTINUATION, 0, 1, header("x" + i, "y".repeat(100)));
        }
      }
      case 10 -> {
        begun(said);
        for (int i = 0; i < 300; i++) {
          frame(
              said, random.nextBoolean() ? PING : SETTINGS, 0, 0, new byte[random.nextInt(2) * 8]);
        }
      }
      default -> {
        begun(said);
        for (int stream = 1; stream < 200; stream += 2) {
          frame(said, HEADERS, END_HEADERS, stream, headers("application/grpc"));
          frame(said, random.nextBoolean() ? RST_STREAM : WINDOW_UPDATE, 0, stream, new byte[4]);
        }
      }
    }
    talk(said.toByteArray(), cut);
  }

  private void talk(byte[] said, boolean cut) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(server, TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      if (cut) {
        socket.setSoLinger(true, 0);
        socket.getOutputStream().write(said, 0, random.nextInt(said.length + 1));
        return;
      }
      socket.getOutputStream().write(said);
      socket.shutdownOutput();
      InputStream answers = socket.getInputStream();
      byte[] read = new byte[1 << 14];
      while (answers.read(read) >= 0) {
        // Whatever it says, it comes to an end.
      }
    } catch (SocketException e) {
      // The server closed it while there was more to read.
    }
  }

  private static ByteArrayOutputStream begun(ByteArrayOutputStream said) {
    said.writeBytes(PREFACE);
    return frame(said, SETTINGS, 0, 0, new byte[0]);
  }

  private static ByteArrayOutputStream call(ByteArrayOutputStream said, String contentType) {
    return frame(said, HEADERS, END_HEADERS, 1, headers(contentType));
  }

  private static void data(ByteArrayOutputStream said, byte[] payload) {
    frame(said, DATA, 0, 1, payload);
  }

  private static byte[] message(int flags, int length, byte[] body) {
    return ByteBuffer.allocate(5 + body.length).put((byte) flags).putInt(length).put(body).array();
  }

  private static byte[] headers(String contentType) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    headers.writeBytes(header(":method", "POST"));
    headers.writeBytes(header(":scheme", "http"));
    headers.writeBytes(header(":path", "/sightline.v1.ExplanationService/ExplainStream"));
    headers.writeBytes(header(":authority", "x"));
    headers.writeBytes(header("te", "trailers"));
    headers.writeBytes(header("content-type", contentType));
    headers.writeBytes(header("grpc-encoding", "gzip"));
    return headers.toByteArray();
  }

  /** A literal that is not indexed, in HPACK; both at most 126 characters. */
  private static byte[] header(String name, String value) {
    return ByteBuffer.allocate(3 + name.length() + value.length())
        .put((byte) 0)
        .put((byte) name.length())
        .put(name.getBytes(US_ASCII))
        .put((byte) value.length())
        .put(value.getBytes(US_ASCII))
        .array();
  }

  private static ByteArrayOutputStream frame(
      ByteArrayOutputStream said, int type, int flags, int stream, byte[] payload) {
    said.writeBytes(
        ByteBuffer.allocate(9)
            .put((byte) (payload.length >> 16))
            .putShort((short) payload.length)
            .put((byte) type)
            .put((byte) flags)
            .putInt(stream)
            .array());
    said.writeBytes(payload);
    return said;
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
