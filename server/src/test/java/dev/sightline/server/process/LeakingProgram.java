package dev.sightline.server.process;

import dev.sightline.server.app.Main;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.InternalConfigurator;
import io.grpc.InternalConfiguratorRegistry;
import io.grpc.Metadata;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The program with one thing wrong: of each answer something stays. */
final class LeakingProgram {
  private static final String WHAT = "leak";
  private static final int BUFFER = 8192;
  private static final List<Object> KEPT = Collections.synchronizedList(new ArrayList<>());

  private LeakingProgram() {}

  /** As many bytes as it has are kept. */
  static final String ANSWERS = "-D" + WHAT + "=answers";

  /** A buffer outside of the heap is filled and forgotten. */
  static final String BUFFERS = "-D" + WHAT + "=buffers";

  /** Runs the program. */
  public static void main(String[] args) {
    boolean answers = System.getProperty(WHAT).equals("answers");
    InternalConfiguratorRegistry.setConfigurators(
        List.of(
            new InternalConfigurator() {
              @Override
              public void configureServerBuilder(ServerBuilder<?> builder) {
                builder.intercept(new Leaking(answers));
              }
            }));
    Main.main(args);
  }

  private record Leaking(boolean answers) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      return next.startCall(
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendMessage(A answer) {
              if (answers) {
                // The answer itself is forgotten by the library once it is written.
                KEPT.add(new byte[size((InputStream) answer)]);
              } else {
                PooledByteBufAllocator.DEFAULT.directBuffer(BUFFER).writeZero(BUFFER);
              }
              super.sendMessage(answer);
            }
          },
          headers);
    }

    private static int size(InputStream answer) {
      try {
        return answer.available();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
