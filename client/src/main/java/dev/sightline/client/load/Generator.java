package dev.sightline.client.load;

import com.sun.management.OperatingSystemMXBean;
import dev.sightline.client.Image;
import dev.sightline.client.SightlineClient;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/**
 * Puts load on a server. One thread sends all frames of an open loop; in a closed loop every answer
 * sends the next frame. May be used for several loads, one after the other.
 */
public final class Generator {
  /** A server that refuses a frame of a closed loop is left alone for so long. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** For streams to open before the first frame is due. */
  private static final Duration LEAD = Duration.ofMillis(100);

  private static final Duration TICK = Duration.ofMillis(100);

  private final List<SightlineClient> clients;
  private final List<Image> frames;
  private final WireBytes wire;
  private final boolean alone;
  private final CountDownLatch stop = new CountDownLatch(1);

  /**
   * A generator.
   *
   * @param clients one a connection; streams are dealt to them in turns
   * @param frames what is sent, again and again; every stream begins at another one
   * @param wire counts the bytes of all these clients
   * @param alone whether the server is in another process, so that this one's processor time is the
   *     generator's
   */
  public Generator(
      List<SightlineClient> clients, List<Image> frames, WireBytes wire, boolean alone) {
    this.clients = List.copyOf(clients);
    this.frames = List.copyOf(frames);
    this.wire = wire;
    this.alone = alone;
  }

  /** Ends the load that is under way, and any that follows, before its time. */
  public void stop() {
    stop.countDown();
  }

  /** Whether it was told to stop. */
  public boolean isStopped() {
    return stop.getCount() == 0;
  }

  /**
   * Puts a load on the server and waits for the last answers.
   *
   * @param progress is told ten times a second, on another thread, how many frames were served in a
   *     second so far
   */
  public Result run(Plan plan, DoubleConsumer progress) throws InterruptedException {
    return new Load(plan).run(progress);
  }

  private final class Load {
    private final Plan plan;
    private final long begin = System.nanoTime() + LEAD.toNanos();
    private final Window window;
    private final Measurements measurements;
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "sightline-load-timer");
              thread.setDaemon(true);
              return thread;
            });
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicLongArray sent;
    private final Meter meter = new Meter();
    private final WireBytes.Count before = wire.count();

    Load(Plan plan) {
      this.plan = plan;
      long from = begin + plan.warmUp().toNanos();
      this.window = new Window(from, from + plan.duration().toNanos());
      this.measurements = new Measurements(window, plan.deadline());
      this.sent = new AtomicLongArray(plan.streams().size());
    }

    Result run(DoubleConsumer progress) throws InterruptedException {
      long ended;
      try {
        schedule(window.from() - System.nanoTime(), meter::begin);
        var unused =
            timer.scheduleAtFixedRate(
                () ->
                    progress.accept(
                        measurements.servedSoFar()
                            / Math.max(1e-3, window.seconds(System.nanoTime()))),
                TICK.toMillis(),
                TICK.toMillis(),
                TimeUnit.MILLISECONDS);
        for (int i = 0; i < plan.streams().size(); i++) {
          lanes.add(lane(i, plan.streams().get(i)));
        }
        if (plan.pace() instanceof Pace.Open open) {
          send(open);
        } else if (plan.pace() instanceof Pace.Closed closed) {
          sleepUntil(begin);
          for (int i = 0; i < closed.inFlight() * lanes.size(); i++) {
            send(i % lanes.size(), System.nanoTime());
          }
        }
        sleepUntil(window.to());
      } finally {
        ended = System.nanoTime();
        over.countDown();
        meter.end();
        close();
        timer.shutdownNow();
      }
      return measurements.result(
          ended,
          bytes(wire.count().since(before)),
          alone && meter.seconds > 0 ? meter.cpuSeconds / meter.seconds : null,
          isStopped(),
          failure.get());
    }

    private double[] bytes(WireBytes.Count count) {
      // A stream begins with its options; frames that the SDK superseded were never on the wire.
      long options = plan.call() == CallKind.UNARY ? 0 : count.calls();
      return new double[] {
        (double) count.received() / Math.max(1, count.messagesReceived()),
        (double) count.sent() / Math.max(1, count.messagesSent() - options)
      };
    }

    private Lane lane(int index, Asked asked) {
      SightlineClient client = clients.get(index % clients.size());
      Consumer<Delivery> sink = delivery -> delivered(index, delivery);
      return switch (plan.call()) {
        case LIVE -> new LiveLane(client, asked, plan.expand(), sink, this::failed);
        case BATCH -> new BatchLane(client, asked, plan.expand(), sink);
        case UNARY -> new UnaryLane(client, asked, plan.expand(), plan.patience(), sink);
      };
    }

    private void failed(String why) {
      failure.compareAndSet(null, why);
      over.countDown();
    }

    private void send(Pace.Open pace) throws InterruptedException {
      Arrivals arrivals = Arrivals.of(pace, lanes.size(), plan.seed());
      while (true) {
        Arrivals.Arrival next = arrivals.next();
        long due = begin + next.nanos();
        if (due >= window.to() || !sleepUntil(due)) {
          return;
        }
        send(next.stream(), due);
      }
    }

    private void send(int index, long due) {
      measurements.sending(due, System.nanoTime());
      long number = sent.getAndIncrement(index);
      int phase = (int) ((long) index * frames.size() / lanes.size());
      // Cameras do not all turn to another picture at once.
      long picture = phase + (number + index % plan.still()) / plan.still();
      lanes.get(index).send(due, frames.get((int) (picture % frames.size())));
    }

    private void delivered(int index, Delivery delivery) {
      measurements.resolved(delivery);
      if (plan.pace() instanceof Pace.Closed && delivery.fate() != Delivery.Fate.UNSENT) {
        boolean refused = !delivery.fate().isServed() && !delivery.reason().equals("superseded");
        if (refused) {
          schedule(PAUSE.toNanos(), () -> sendAnother(index));
        } else {
          sendAnother(index);
        }
      }
    }

    private void sendAnother(int index) {
      long now = System.nanoTime();
      if (now < window.to() && over.getCount() > 0 && !isStopped()) {
        send(index, now);
      }
    }

    /** Waits, unless the load is to end; false if it is. */
    private boolean sleepUntil(long nanos) throws InterruptedException {
      long left = nanos - System.nanoTime();
      while (left > 0 && over.getCount() > 0 && !isStopped()) {
        // A failed stream is noticed by the next frame, and at the latest by the next tick.
        var unused = stop.await(Math.min(left, TICK.toNanos()), TimeUnit.NANOSECONDS);
        left = nanos - System.nanoTime();
      }
      return over.getCount() > 0 && !isStopped();
    }

    private void schedule(long nanos, Runnable task) {
      if (over.getCount() > 0) {
        var unused = timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
      }
    }

    /** All at once, for each may wait for its last answers. */
    private void close() throws InterruptedException {
      List<Thread> closing = new ArrayList<>();
      for (Lane lane : lanes) {
        Thread thread = new Thread(() -> lane.close(plan.patience()), "sightline-load-end");
        thread.start();
        closing.add(thread);
      }
      for (Thread thread : closing) {
        thread.join();
      }
    }
  }

  /** What the process did in the time that counts. */
  private static final class Meter {
    private final OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private long began;
    private long cpuBefore;
    private double seconds;
    private double cpuSeconds;

    synchronized void begin() {
      began = System.nanoTime();
      cpuBefore = process.getProcessCpuTime();
    }

    synchronized void end() {
      if (began != 0) {
        seconds = (System.nanoTime() - began) / 1e9;
        cpuSeconds = (process.getProcessCpuTime() - cpuBefore) / 1e9;
      }
    }
  }
}
