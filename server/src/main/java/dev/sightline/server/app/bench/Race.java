package dev.sightline.server.app.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * Runs contenders in turns, forwards and backwards, so that a busy machine slows them all and none
 * always finds the caches that another one warmed.
 *
 * @param warmUp runs that do not count
 * @param length runs that count, at least {@link #LEAST_ROUNDS} of each
 * @param clock nanoseconds of the wall's clock, which tells when it is over
 * @param meter nanoseconds as they count: the same clock, or the processor's time
 */
public record Race(Duration warmUp, Duration length, LongSupplier clock, LongSupplier meter) {
  static final int LEAST_ROUNDS = 10;

  /** The figures in the order of the contenders; they speak of the first one. */
  public List<Figure> run(List<Contender> contenders) {
    // Until Java has compiled what surrounds the engine, which takes some hundred passes.
    for (long end = after(warmUp); clock.getAsLong() - end < 0; ) {
      contenders.forEach(contender -> contender.run().run());
    }
    Map<Contender, List<Double>> seconds = new LinkedHashMap<>();
    contenders.forEach(contender -> seconds.put(contender, new ArrayList<>()));
    List<Contender> backwards = new ArrayList<>(contenders);
    Collections.reverse(backwards);
    long end = after(length);
    for (int i = 0; i < LEAST_ROUNDS || clock.getAsLong() - end < 0; i++) {
      for (Contender contender : i % 2 == 0 ? contenders : backwards) {
        long begin = meter.getAsLong();
        contender.run().run();
        Objects.requireNonNull(seconds.get(contender)).add((meter.getAsLong() - begin) / 1e9);
      }
    }
    List<Double> first = seconds.values().iterator().next();
    List<Figure> figures = new ArrayList<>();
    seconds.forEach((contender, times) -> figures.add(Figure.of(contender, times, first)));
    return figures;
  }

  private long after(Duration time) {
    return clock.getAsLong() + time.toNanos();
  }
}
