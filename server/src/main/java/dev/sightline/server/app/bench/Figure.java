package dev.sightline.server.app.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What was measured of a contender.
 *
 * @param model whose it is
 * @param name what it does
 * @param batch images of a run
 * @param rounds how often it was run and counted
 * @param imagesPerSecond by its median run
 * @param ofFirst its throughput as a part of that of the first contender of its race: the median of
 *     the rounds
 * @param lowerQuartile a quarter of the rounds are below this
 * @param upperQuartile a quarter of the rounds are above this
 */
public record Figure(
    String model,
    String name,
    int batch,
    int rounds,
    double imagesPerSecond,
    double ofFirst,
    double lowerQuartile,
    double upperQuartile) {

  /** From the seconds of each round. */
  static Figure of(Contender contender, List<Double> seconds, List<Double> firstSeconds) {
    List<Double> ratios =
        IntStream.range(0, seconds.size())
            .mapToObj(i -> firstSeconds.get(i) / seconds.get(i))
            .toList();
    return new Figure(
        contender.model(),
        contender.name(),
        contender.images(),
        seconds.size(),
        contender.images() / quantile(seconds, 0.5),
        quantile(ratios, 0.5),
        quantile(ratios, 0.25),
        quantile(ratios, 0.75));
  }

  static double quantile(List<Double> values, double q) {
    return values.stream().sorted().toList().get((int) Math.round(q * (values.size() - 1)));
  }
}
