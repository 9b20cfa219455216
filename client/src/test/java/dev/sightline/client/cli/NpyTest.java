package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  private static final String HEADER =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 1, 2), }";

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    Path file = folder.resolve("a.npy");
    try (NpyWriter writer = NpyWriter.floats(file, 2, 3, 1, 2)) {
      writer.write(new float[] {1, 2, 3, 4, 5, 6});
      writer.write(new float[] {-1, Float.NaN, Float.MAX_VALUE, 0, -0f, 1e-40f});
    }
    assertThat(Files.size(file) % 64).isEqualTo(48);
    try (NpyTensors tensors = NpyTensors.open(file)) {
      assertThat(tensors.count()).isEqualTo(2);
      assertThat(values(tensors, 1))
          .containsExactly(-1, Float.NaN, Float.MAX_VALUE, 0, -0f, 1e-40f);
      assertThat(values(tensors, 0)).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void headerIsWrittenAsNumpyWritesIt() {
    byte[] bytes = new NpyHeader(NpyHeader.INT64, new long[] {5}).toBytes();
    assertThat(bytes.length % 64).isZero();
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
        .startsWith("\u0093NUMPY\u0001\u0000")
        .contains("{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }")
        .endsWith(" \n");
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort(8))
        .isEqualTo((short) (bytes.length - 10));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void everyVersionOfTheFormatIsRead(int version) throws IOException {
    try (NpyTensors tensors = NpyTensors.open(file(version, HEADER, 48))) {
      assertThat(tensors.count()).isEqualTo(2);
    }
  }

  @Test
  void anyOrderAndSpacingOfTheHeaderIsRead() throws IOException {
    String loose = "{ 'shape':(2,3, 1,2) ,'fortran_order' :False,'descr':'<f4'}  \n";
    try (NpyTensors tensors = NpyTensors.open(file(1, loose, 48))) {
      assertThat(tensors.count()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<f4|<f8|its type is <f8; float32 in little-endian order (<f4) is needed",
        "<f4|>f4|its type is >f4",
        "False|True|its elements are in Fortran order; C order is needed",
        "2, 3, 1, 2|3, 1, 2|its shape is (3, 1, 2); N×3×H×W is needed",
        "2, 3, 1, 2|0, 3, 1, 2|its shape (0, 3, 1, 2) is empty or too large",
        "2, 3, 1, 2|2, 3, 999999999999, 2|is empty or too large",
        "2, 3, 1, 2|1, 3, 99999, 99999|is too large",
        "2, 3, 1, 2|3, 3, 1, 2|it has 48 bytes of elements where its shape (3, 3, 1, 2) takes 72",
        "2, 3, 1, 2|1, 3, 1, 2|it has 48 bytes of elements where its shape (1, 3, 1, 2) takes 24",
        "2, 3, 1, 2|2, -3, 1, 2|its header cannot be read",
        "2, 3, 1, 2|2, 3, , 2|its shape (2, 3, , 2) cannot be read",
        "'descr': '<f4'|'descr': [('a', '<f4')]|its header cannot be read",
        "'descr'|'desc'|its header does not hold descr, fortran_order and shape alone",
        "{|[|its header cannot be read",
        "'fortran_order': False, | |its header does not hold"
      })
  void whatIsWrongWithAFileIsSaid(String part, String instead, String message) throws IOException {
    Path file = file(1, HEADER.replace(part, instead == null ? "" : instead), 48);
    assertThatThrownBy(() -> NpyTensors.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " cannot be used: ")
        .hasMessageContaining(message);
  }

  @Test
  void otherFilesAreNotTakenForArrays() throws IOException {
    Path text = Files.writeString(folder.resolve("t.npy"), "no array at all");
    assertThatThrownBy(() -> NpyTensors.open(text))
        .hasMessageEndingWith("it does not begin as a NumPy array file does");
    Path four = file(4, HEADER, 48);
    assertThatThrownBy(() -> NpyTensors.open(four))
        .hasMessageEndingWith("version 4 of the NumPy format is not known");
    byte[] whole = Files.readAllBytes(file(1, HEADER, 48));
    for (int length : new int[] {0, 5, 7, 9, 40}) {
      Path cut = Files.write(folder.resolve("cut.npy"), java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> NpyTensors.open(cut)).hasMessageEndingWith("ends within its header");
    }
    ByteBuffer.wrap(whole).put(6, (byte) 2).putInt(8, -1);
    Path huge = Files.write(folder.resolve("huge.npy"), whole);
    assertThatThrownBy(() -> NpyTensors.open(huge))
        .hasMessageEndingWith("its header claims 4294967295 bytes");
  }

  @Test
  void anItemOfAnotherSizeIsNotWritten() throws IOException {
    try (NpyWriter writer = NpyWriter.floats(folder.resolve("a.npy"), 1, 2, 2)) {
      assertThatThrownBy(() -> writer.write(new float[3]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private Path file(int version, String header, int dataBytes) throws IOException {
    int lengthBytes = version == 1 ? 2 : 4;
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + lengthBytes + header.length() + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1));
    bytes.put((byte) version).put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) header.length());
    } else {
      bytes.putInt(header.length());
    }
    bytes.put(header.getBytes(StandardCharsets.ISO_8859_1));
    return Files.write(folder.resolve("v" + version + ".npy"), bytes.array());
  }

  private static float[] values(NpyTensors tensors, int index) throws IOException {
    ByteBuffer data = tensors.read(index).toProto().getTensor().getData().asReadOnlyByteBuffer();
    float[] values = new float[data.remaining() / Float.BYTES];
    data.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
