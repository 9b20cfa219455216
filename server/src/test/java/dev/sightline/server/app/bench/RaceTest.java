package dev.sightline.server.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RaceTest {
  private final AtomicLong clock = new AtomicLong();
  private final List<String> runs = new ArrayList<>();

  private Contender taking(String name, int images, long millis) {
    return new Contender(
        "model",
        name,
        images,
        () -> {
          runs.add(name);
          clock.addAndGet(millis * 1_000_000);
        });
  }

  @Test
  void throughputIsAPartOfThatOfTheFirst() {
    Race race = new Race(Duration.ZERO, Duration.ofSeconds(3), clock::get, clock::get);
    List<Figure> figures = race.run(List.of(taking("plain", 8, 10), taking("other", 8, 40)));
    assertThat(figures.get(0).imagesPerSecond()).isCloseTo(800, within(1e-6));
    assertThat(figures.get(0).ofFirst()).isEqualTo(1);
    assertThat(figures.get(1).imagesPerSecond()).isCloseTo(200, within(1e-6));
    assertThat(figures.get(1).ofFirst()).isCloseTo(0.25, within(1e-9));
    assertThat(figures.get(1).rounds()).isEqualTo(60);
  }

  @Test
  void eachComesAsOftenBeforeTheOtherAsBehindIt() {
    Race race = new Race(Duration.ZERO, Duration.ZERO, clock::get, clock::get);
    race.run(List.of(taking("a", 1, 1), taking("b", 1, 1)));
    assertThat(runs).hasSize(2 * Race.LEAST_ROUNDS).startsWith("a", "b", "b", "a", "a", "b");
  }

  @Test
  void warmUpDoesNotCount() {
    Race race = new Race(Duration.ofMillis(95), Duration.ZERO, clock::get, clock::get);
    Figure figure = race.run(List.of(taking("a", 1, 10))).get(0);
    assertThat(runs).hasSize(10 + Race.LEAST_ROUNDS);
    assertThat(figure.rounds()).isEqualTo(Race.LEAST_ROUNDS);
  }

  @Test
  void aSlowMomentOfTheMachineLeavesTheMedianAlone() {
    AtomicLong round = new AtomicLong();
    Contender disturbed =
        new Contender(
            "model",
            "disturbed",
            1,
            () -> clock.addAndGet(round.getAndIncrement() == 3 ? 900_000_000 : 20_000_000));
    Race race = new Race(Duration.ZERO, Duration.ofSeconds(1), clock::get, clock::get);
    Figure figure = race.run(List.of(taking("plain", 1, 10), disturbed)).get(1);
    assertThat(figure.ofFirst()).isCloseTo(0.5, within(1e-9));
    assertThat(figure.lowerQuartile()).isCloseTo(0.5, within(1e-9));
  }
}
