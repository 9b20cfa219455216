package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class Float16Test {
  private static final int ONE = 0x3c00;

  @Test
  void everyNumberFromZeroToOneComesBack() {
    for (int bits = 0; bits <= ONE; bits++) {
      assertThat(Float16.of(Float16.toFloat((short) bits))).isEqualTo((short) bits);
    }
  }

  @Test
  void knownBitsAreKnownNumbers() {
    assertThat(Float16.toFloat((short) 0x3c00)).isEqualTo(1);
    assertThat(Float16.toFloat((short) 0x3800)).isEqualTo(0.5f);
    assertThat(Float16.toFloat((short) 0x3555)).isEqualTo(0.33325195f);
    assertThat(Float16.toFloat((short) 0x0001)).isEqualTo(5.9604645e-8f);
    assertThat(Float16.toFloat((short) 0x0400)).isEqualTo(6.1035156e-5f);
    assertThat(Float16.toFloat((short) 0xc000)).isEqualTo(-2);
    assertThat(Float16.toFloat((short) 0x7c00)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Float16.toFloat((short) 0x7e00)).isNaN();
  }

  @Test
  void aNumberBetweenTwoGoesToTheNearerOneAndHalfwayToTheEvenOne() {
    for (int bits = 0; bits < ONE; bits++) {
      float below = Float16.toFloat((short) bits);
      float above = Float16.toFloat((short) (bits + 1));
      // The midpoint of two neighbouring float16 numbers is a float32 number.
      float middle = (below + above) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertThat((int) Float16.of(middle)).isEqualTo(even);
      assertThat((int) Float16.of(Math.nextDown(middle))).isEqualTo(bits);
      assertThat((int) Float16.of(Math.nextUp(middle))).isEqualTo(bits + 1);
    }
  }

  @Test
  void theErrorStaysBelowAQuarterOfAThousandth() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      float u = random.nextFloat();
      assertThat(Math.abs(Float16.toFloat(Float16.of(u)) - u)).isLessThanOrEqualTo(0x1p-12f);
    }
  }
}
