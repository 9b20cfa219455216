package dev.sightline.server.app;

import static dev.sightline.v1.Reason.REASON_INVALID_OPTION;
import static dev.sightline.v1.Reason.REASON_UNKNOWN_CLASS;
import static dev.sightline.v1.Reason.REASON_UNKNOWN_LAYER;
import static dev.sightline.v1.Reason.REASON_UNKNOWN_METHOD;
import static dev.sightline.v1.Reason.REASON_UNKNOWN_MODEL;
import static dev.sightline.v1.Reason.REASON_UNSUPPORTED_METHOD;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sightline.v1.Cell;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Method;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SizeReference;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Random;
import java.util.stream.IntStream;

/** Options that a server of {@link SmallModel} cannot meet. Not thread-safe. */
final class BadOptions {
  private static final float[] ODD = {Float.NaN, -1, Float.POSITIVE_INFINITY, -Float.MIN_VALUE};

  private final Random random;

  /** The same options for the same seed. */
  BadOptions(Random random) {
    this.random = random;
  }

  /** Others. */
  BadThing<ExplainOptions> next() {
    ExplainOptions.Builder options = ExplainOptions.newBuilder();
    return switch (random.nextInt(23)) {
      case 0 -> of(options.setModel(text()), REASON_UNKNOWN_MODEL);
      case 1 -> of(options.addMethodsValue(23 + random.nextInt(1000)), REASON_UNKNOWN_METHOD);
      case 2 ->
          of(
              options.addAllMethods(Collections.nCopies(10_000, Method.METHOD_CAM)),
              REASON_INVALID_OPTION);
      case 3 -> of(options.addLayers(text()), REASON_UNKNOWN_LAYER);
      case 4 -> of(options.addAllLayers(Collections.nCopies(5000, "maps")), REASON_INVALID_OPTION);
      case 5 -> of(options.addClasses(choice().setIndex(big())), REASON_UNKNOWN_CLASS);
      case 6 -> of(options.addClasses(choice().setLabel(text())), REASON_UNKNOWN_CLASS);
      case 7 -> of(options.addClasses(choice().setMostProbable(big())), REASON_INVALID_OPTION);
      case 8 ->
          of(
              options.addAllClasses(Collections.nCopies(20_000, choice().setIndex(1).build())),
              REASON_INVALID_OPTION);
      case 9 -> of(options.addClasses(choice()), REASON_INVALID_OPTION);
      case 10 -> {
        options.getSelectionBuilder().addFilters(big());
        yield of(options, REASON_INVALID_OPTION);
      }
      case 11 -> {
        options
            .getSelectionBuilder()
            .setRegion(random.nextBoolean())
            .addSubset(Cell.newBuilder().setRow(big()))
            .addSubset(Cell.newBuilder().setColumn(big()));
        yield of(options, REASON_INVALID_OPTION);
      }
      case 12 ->
          of(options.setSigma(Sigma.newBuilder().setX(odd()).setY(1)), REASON_INVALID_OPTION);
      case 13 ->
          of(
              options.setOutputSize(
                  OutputSize.newBuilder()
                      .setReferenceValue(random.nextInt(2) * 96 + 3)
                      .setWidth(big())
                      .setHeight(random.nextInt(3))),
              REASON_INVALID_OPTION);
      case 14 -> of(options.setEncodingValue(9 + random.nextInt(90)), REASON_INVALID_OPTION);
      case 15 -> of(options.setScalingValue(-1 - random.nextInt(90)), REASON_INVALID_OPTION);
      case 16 -> of(options.setPredictions(big()), REASON_INVALID_OPTION);
      case 17 ->
          of(
              options.setMaxAge(
                  Duration.newBuilder().setSeconds(random.nextInt(9) - 9).setNanos(-1)),
              REASON_INVALID_OPTION);
      case 18 -> {
        options
            .addMethods(Method.METHOD_SMOOTH_GRAD)
            .getNoiseBuilder()
            .setSamples(random.nextBoolean() ? big() : 3)
            .setStdDev(odd());
        yield of(options, REASON_INVALID_OPTION);
      }
      case 19 -> {
        options.addMethods(Method.METHOD_RISE).getRandomMasksBuilder().setCount(big());
        yield of(options, REASON_INVALID_OPTION);
      }
      case 20 -> {
        options.getLocalisationBuilder().setThreshold(random.nextBoolean() ? 2 : odd());
        yield of(options, REASON_INVALID_OPTION);
      }
      case 21 -> of(options.setUnchangedWithin(odd()), REASON_INVALID_OPTION);
      default -> mutated();
    };
  }

  /** Good ones with changed bytes, as far as they still can be read. */
  private BadThing<ExplainOptions> mutated() {
    byte[] bytes =
        ExplainOptions.newBuilder()
            .addMethods(Method.METHOD_LAYER_CAM)
            .addLayers("maps")
            .addClasses(choice().setMostProbable(2))
            .setSigma(Sigma.newBuilder().setX(3).setY(4))
            .setOutputSize(
                OutputSize.newBuilder()
                    .setReference(SizeReference.SIZE_REFERENCE_GIVEN)
                    .setWidth(20)
                    .setHeight(30))
            .build()
            .toByteArray();
    while (true) {
      byte[] changed = bytes.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      try {
        return new BadThing<>(
            ExplainOptions.parseFrom(changed),
            EnumSet.of(
                REASON_INVALID_OPTION,
                REASON_UNKNOWN_CLASS,
                REASON_UNKNOWN_LAYER,
                REASON_UNKNOWN_METHOD,
                REASON_UNKNOWN_MODEL,
                REASON_UNSUPPORTED_METHOD),
            true,
            "options with changed bytes");
      } catch (InvalidProtocolBufferException e) {
        // Tried again.
      }
    }
  }

  private static BadThing<ExplainOptions> of(ExplainOptions.Builder options, Reason reason) {
    return BadThing.refused(options.getAllFields().keySet().toString(), options.build(), reason);
  }

  private static ClassChoice.Builder choice() {
    return ClassChoice.newBuilder();
  }

  private int big() {
    return random.nextBoolean() ? -1 - random.nextInt(1000) : 100_000 + random.nextInt(1 << 30);
  }

  private float odd() {
    return ODD[random.nextInt(ODD.length)];
  }

  /** Up to 100,000 characters, some of which take two places in a Java string, some none. */
  private String text() {
    int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 100_000 : 300);
    return IntStream.range(0, length)
        .map(i -> random.nextInt(4) == 0 ? 0x1f600 + random.nextInt(60) : random.nextInt(0xd7ff))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
