package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.model.ModelException;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.Model;
import dev.sightline.v1.ModelServiceGrpc;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.Prediction;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.SizeReference;
import dev.sightline.v1.Tensor;
import dev.sightline.v1.Upsampling;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A real network on the real engine, behind a real socket. */
class WholeServerTest {
  private static final List<Method> METHODS =
      List.of(
          Method.METHOD_CAM,
          Method.METHOD_GRAD_CAM,
          Method.METHOD_GRAD_CAM_PLUS_PLUS,
          Method.METHOD_EXTENDED_CAM,
          Method.METHOD_HI_RES_CAM,
          Method.METHOD_LAYER_CAM,
          Method.METHOD_XGRAD_CAM,
          Method.METHOD_GRAD_CAM_PER_CHANNEL,
          Method.METHOD_GRAD_CAM_PLUS_PLUS_NORMALISED,
          Method.METHOD_EIGEN_CAM,
          Method.METHOD_EIGEN_GRAD_CAM);

  @TempDir static Path store;

  private static RunningServer server;
  private static ManagedChannel channel;
  private static ExplanationServiceGrpc.ExplanationServiceBlockingStub explanations;

  @BeforeAll
  static void start() throws IOException {
    List<Path> folders =
        List.of(
            SmallModel.install(store, "small"), SmallModel.installWithHiddenLayer(store, "hidden"));
    server = RunningServer.start(LoopbackConfig.onPort(0), folders);
    channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
    explanations =
        ExplanationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(2, TimeUnit.MINUTES);
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void aFrameGetsTheSameAnswerAloneAndInAnyBatch() throws InterruptedException {
    ExplainOptions options =
        ExplainOptions.newBuilder()
            .addAllMethods(METHODS)
            .setEncoding(Encoding.ENCODING_GRID_FLOAT32)
            .build();
    List<Image> images =
        Stream.iterate(0, i -> i + 1).limit(40).map(i -> photo(i, 40 + i, 50)).toList();

    List<Explanation> together = batch(options, images);

    assertThat(together)
        .extracting(answer -> answer.getTiming().getBatchSize())
        .anyMatch(size -> size > 1);
    for (int i = 0; i < images.size(); i++) {
      assertSameMaps(together.get(i), explain(options, images.get(i)), 1e-5);
    }
  }

  @Test
  void severalClassesOfAFrameAreThoseThatAreAskedForOneByOne() {
    Image image = photo(3, 64, 48);
    ExplainOptions.Builder options =
        ExplainOptions.newBuilder()
            .addAllMethods(METHODS)
            .setEncoding(Encoding.ENCODING_GRID_FLOAT32);
    Explanation ranked =
        explain(
            options.clone().addClasses(ClassChoice.newBuilder().setMostProbable(4)).build(), image);

    List<Heatmap> oneByOne = new ArrayList<>();
    for (Prediction prediction : ranked.getPredictionsList().subList(0, 4)) {
      ClassChoice choice = ClassChoice.newBuilder().setLabel(prediction.getLabel()).build();
      oneByOne.addAll(explain(options.clone().addClasses(choice).build(), image).getHeatmapsList());
    }

    assertSameMaps(
        ranked, ranked.toBuilder().clearHeatmaps().addAllHeatmaps(oneByOne).build(), 1e-5);
  }

  @ParameterizedTest
  @EnumSource(
      value = Upsampling.class,
      names = {"UPSAMPLING_BILINEAR", "UPSAMPLING_GAUSSIAN"})
  void theGridExpandsToTheServersOwnPlane(Upsampling upsampling) {
    Image image = photo(5, 61, 47);
    for (Scaling scaling : List.of(Scaling.SCALING_RAW, Scaling.SCALING_NORMALISED)) {
      ExplainOptions.Builder options =
          ExplainOptions.newBuilder()
              .addAllMethods(METHODS)
              .setUpsampling(upsampling)
              .setScaling(scaling)
              .setOutputSize(
                  OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL));
      List<Heatmap> planes = maps(options, Encoding.ENCODING_FLOAT32_ZSTD, image);
      List<Heatmap> exact = maps(options, Encoding.ENCODING_GRID_FLOAT32, image);
      List<Heatmap> half = maps(options, Encoding.ENCODING_GRID_FLOAT16, image);
      for (int i = 0; i < planes.size(); i++) {
        Plane plane = HeatmapReader.plane(planes.get(i));
        assertThat(plane.width()).isEqualTo(61);
        double range = plane.max() - (double) plane.min();
        assertThat(range).isPositive();
        assertThat(distance(plane, HeatmapReader.plane(exact.get(i)))).isLessThan(1e-6 * range);
        assertThat(distance(plane, HeatmapReader.plane(half.get(i)))).isLessThan(1e-3 * range);
      }
    }
  }

  @Test
  void aTensorThatWasPreprocessedByTheClientGivesTheAnswerOfItsPicture() {
    Photo photo = new Photo(SmallModel.SIDE, SmallModel.SIDE, noise(9, 3 * 32 * 32));
    ByteBuffer values = ByteBuffer.allocate(4 * 3 * 32 * 32).order(ByteOrder.LITTLE_ENDIAN);
    for (int channel = 0; channel < 3; channel++) {
      for (int i = 0; i < 32 * 32; i++) {
        values.putFloat(((photo.bgr()[3 * i + 2 - channel] & 0xff) - 127.5f) / 127.5f);
      }
    }
    Image tensor =
        Image.newBuilder()
            .setTensor(
                Tensor.newBuilder()
                    .setChannels(3)
                    .setHeight(32)
                    .setWidth(32)
                    .setData(ByteString.copyFrom(values.flip())))
            .build();
    ExplainOptions options =
        ExplainOptions.newBuilder().setEncoding(Encoding.ENCODING_GRID_FLOAT32).build();

    assertSameMaps(
        explain(options, tensor),
        explain(options, encoded(PhotoCodec.write(photo, PhotoFormat.PNG))),
        1e-5);
  }

  @Test
  void camIsGradCamUpToItsFactorAndReLU() {
    Explanation answer =
        explain(
            ExplainOptions.newBuilder()
                .addMethods(Method.METHOD_CAM)
                .addMethods(Method.METHOD_GRAD_CAM)
                .setEncoding(Encoding.ENCODING_GRID_FLOAT32)
                .build(),
            photo(11, 32, 32));
    float[] cam = HeatmapReader.grid(answer.getHeatmaps(0)).values();
    float[] gradCam = HeatmapReader.grid(answer.getHeatmaps(1)).values();
    for (int i = 0; i < cam.length; i++) {
      assertThat((double) gradCam[i]).isCloseTo(Math.max(0, cam[i]) / 64.0, Offset.offset(1e-5));
    }
  }

  @Test
  void everyLayerOfTheListCanBeExplainedByTheMethodsItLists() {
    Model model =
        ModelServiceGrpc.newBlockingStub(channel)
            .getModel(GetModelRequest.newBuilder().setName("hidden").build())
            .getModel();
    assertThat(model.getLayersList()).hasSizeGreaterThan(3);
    model
        .getLayersList()
        .forEach(
            layer -> {
              assertThat(layer.getMethodsList())
                  .doesNotContain(Method.METHOD_CAM)
                  .containsAll(METHODS.subList(1, METHODS.size()));
              Explanation answer =
                  explain(
                      ExplainOptions.newBuilder()
                          .setModel("hidden")
                          .addLayers(layer.getName())
                          .addAllMethods(layer.getMethodsList())
                          .build(),
                      photo(1, 32, 32));
              assertThat(answer.getHeatmapsList())
                  .hasSize(layer.getMethodsCount())
                  .filteredOn(map -> map.getMethod() != Method.METHOD_GUIDED_GRAD_CAM)
                  .allMatch(
                      map ->
                          map.getGridHeight() == layer.getHeight()
                              && map.getGridWidth() == layer.getWidth());
            });
  }

  static Stream<Arguments> badRequests() {
    ExplainOptions plain = ExplainOptions.getDefaultInstance();
    Image good = photo(1, 40, 40);
    byte[] file = PhotoCodec.write(new Photo(40, 40, noise(1, 4800)), PhotoFormat.JPEG);
    return Stream.of(
        Arguments.of(Reason.REASON_IMAGE_UNREADABLE, plain, encoded(noise(2, 500))),
        Arguments.of(
            Reason.REASON_IMAGE_UNREADABLE, plain, encoded(Arrays.copyOf(file, file.length / 2))),
        Arguments.of(Reason.REASON_IMAGE_EMPTY, plain, encoded(new byte[0])),
        Arguments.of(Reason.REASON_IMAGE_EMPTY, plain, Image.getDefaultInstance()),
        Arguments.of(Reason.REASON_IMAGE_TOO_LARGE, plain, photo(1, 1100, 1000)),
        Arguments.of(Reason.REASON_TENSOR_SHAPE, plain, tensor(3, 8, 8, 0)),
        Arguments.of(Reason.REASON_TENSOR_NOT_FINITE, plain, tensor(3, 32, 32, Float.NaN)),
        Arguments.of(Reason.REASON_UNKNOWN_MODEL, plain.toBuilder().setModel("x").build(), good),
        Arguments.of(Reason.REASON_UNKNOWN_LAYER, plain.toBuilder().addLayers("x").build(), good),
        Arguments.of(
            Reason.REASON_UNKNOWN_CLASS,
            plain.toBuilder().addClasses(ClassChoice.newBuilder().setIndex(10)).build(),
            good),
        Arguments.of(
            Reason.REASON_UNKNOWN_CLASS,
            plain.toBuilder().addClasses(ClassChoice.newBuilder().setLabel("zebra")).build(),
            good),
        Arguments.of(
            Reason.REASON_UNKNOWN_METHOD, plain.toBuilder().addMethodsValue(99).build(), good),
        Arguments.of(
            Reason.REASON_UNSUPPORTED_METHOD,
            plain.toBuilder().setModel("hidden").addMethods(Method.METHOD_CAM).build(),
            good),
        Arguments.of(
            Reason.REASON_UNSUPPORTED_METHOD,
            plain.toBuilder().addLayers("relu").addMethods(Method.METHOD_CAM).build(),
            good));
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  void aBadUnaryCallSaysWhyInItsErrorInfo(Reason reason, ExplainOptions options, Image image) {
    assertThatThrownBy(() -> explain(options, image))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode())
                  .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);
              assertThat(errorInfo(e).getDomain()).isEqualTo("sightline.dev");
              assertThat("REASON_" + errorInfo(e).getReason()).isEqualTo(reason.name());
              assertThat(e.getStatus().getDescription()).hasSizeGreaterThan(15);
            });
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  void aBadItemOfABatchLeavesTheOthersUntouched(Reason reason, ExplainOptions options, Image image)
      throws InterruptedException {
    List<ExplainBatchRequest> messages = new ArrayList<>();
    messages.add(options(ExplainOptions.getDefaultInstance()));
    messages.add(frame(1, photo(1, 40, 40)));
    messages.add(frame(2, photo(2, 40, 40)));
    messages.add(options(options));
    messages.add(frame(3, image));
    messages.add(options(ExplainOptions.getDefaultInstance()));
    messages.add(frame(4, photo(4, 40, 40)));

    List<Explanation> answers = batch(messages);

    assertThat(answers).extracting(Explanation::getSequence).containsExactly(1L, 2L, 3L, 4L);
    assertThat(answers).extracting(Explanation::getGeneration).containsExactly(1L, 1L, 2L, 3L);
    assertThat(answers.get(2).getOutcome())
        .isIn(Outcome.OUTCOME_INVALID_IMAGE, Outcome.OUTCOME_INVALID_OPTIONS);
    assertThat(answers.get(2).getProblem().getReason()).isEqualTo(reason);
    assertThat(answers)
        .filteredOn(answer -> answer.getSequence() != 3)
        .allMatch(answer -> answer.getOutcome() == Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void aCorruptModelFolderIsRefusedAtStartWithTheFileNamed(@TempDir Path other) throws IOException {
    Path folder = SmallModel.install(other, "broken");
    Path onnx = folder.resolve("model.onnx");
    byte[] bytes = Files.readAllBytes(onnx);
    bytes[bytes.length / 2] ^= 1;
    Files.write(onnx, bytes);

    assertThatThrownBy(() -> RunningServer.start(LoopbackConfig.onPort(0), List.of(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(onnx.toString())
        .hasMessageContaining("SHA-256");
  }

  private static List<Heatmap> maps(
      ExplainOptions.Builder options, Encoding encoding, Image image) {
    return explain(options.clone().setEncoding(encoding).build(), image).getHeatmapsList();
  }

  private static Explanation explain(ExplainOptions options, Image image) {
    return explanations
        .explain(ExplainRequest.newBuilder().setOptions(options).setImage(image).build())
        .getExplanation();
  }

  private static List<Explanation> batch(ExplainOptions options, List<Image> images)
      throws InterruptedException {
    List<ExplainBatchRequest> messages = new ArrayList<>();
    messages.add(options(options));
    images.forEach(image -> messages.add(frame(messages.size(), image)));
    return batch(messages);
  }

  private static List<Explanation> batch(List<ExplainBatchRequest> messages)
      throws InterruptedException {
    List<Explanation> answers = Collections.synchronizedList(new ArrayList<>());
    List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    StreamObserver<ExplainBatchRequest> requests =
        ExplanationServiceGrpc.newStub(channel)
            .explainBatch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ExplainBatchResponse response) {
                    answers.add(response.getExplanation());
                  }

                  @Override
                  public void onError(Throwable t) {
                    errors.add(t);
                    done.countDown();
                  }

                  @Override
                  public void onCompleted() {
                    done.countDown();
                  }
                });
    messages.forEach(requests::onNext);
    requests.onCompleted();
    assertThat(done.await(2, TimeUnit.MINUTES)).isTrue();
    assertThat(errors).isEmpty();
    return answers;
  }

  private static ExplainBatchRequest options(ExplainOptions options) {
    return ExplainBatchRequest.newBuilder().setOptions(options).build();
  }

  private static ExplainBatchRequest frame(long sequence, Image image) {
    return ExplainBatchRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(image))
        .build();
  }

  private static void assertSameMaps(Explanation one, Explanation other, double tolerance) {
    assertThat(one.getHeatmapsCount()).isPositive().isEqualTo(other.getHeatmapsCount());
    for (int i = 0; i < one.getHeatmapsCount(); i++) {
      Heatmap map = one.getHeatmaps(i);
      assertThat(map.getMethod()).isEqualTo(other.getHeatmaps(i).getMethod());
      assertThat(map.getClassIndex()).isEqualTo(other.getHeatmaps(i).getClassIndex());
      Grid grid = HeatmapReader.grid(map);
      float[] expected = HeatmapReader.grid(other.getHeatmaps(i)).values();
      double range = grid.max() - (double) grid.min();
      for (int cell = 0; cell < expected.length; cell++) {
        assertThat(Math.abs(grid.values()[cell] - expected[cell]))
            .as("map %d, cell %d", i, cell)
            .isLessThanOrEqualTo((float) (tolerance * range));
      }
    }
  }

  private static double distance(Plane one, Plane other) {
    double most = 0;
    for (int i = 0; i < one.values().length; i++) {
      most = Math.max(most, Math.abs(one.values()[i] - (double) other.values()[i]));
    }
    return most;
  }

  private static ErrorInfo errorInfo(StatusRuntimeException e) {
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    assertThat(status).isNotNull();
    try {
      return status.getDetails(0).unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  private static Image photo(int seed, int width, int height) {
    Photo photo = new Photo(width, height, noise(seed, 3 * width * height));
    return encoded(PhotoCodec.write(photo, PhotoFormat.PNG));
  }

  private static Image tensor(int channels, int height, int width, float value) {
    ByteBuffer data = ByteBuffer.allocate(4 * channels * height * width);
    data.order(ByteOrder.LITTLE_ENDIAN).putFloat(value).rewind();
    return Image.newBuilder()
        .setTensor(
            Tensor.newBuilder()
                .setChannels(channels)
                .setHeight(height)
                .setWidth(width)
                .setData(ByteString.copyFrom(data)))
        .build();
  }

  private static Image encoded(byte[] file) {
    return Image.newBuilder().setEncoded(ByteString.copyFrom(file)).build();
  }

  private static byte[] noise(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
