package dev.sightline.server.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.rpc.ErrorInfo;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.ExplanationServiceProto;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.Image;
import dev.sightline.v1.ModelServiceGrpc;
import dev.sightline.v1.ModelServiceProto;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A client names models, layers and labels by words that are looked up in lists. No such word is
 * ever a path, an address or a class that the server opens.
 */
class ClientsNameNothingElseTest {
  @TempDir static Path store;
  private static Path elsewhere;
  private static RunningServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws Exception {
    elsewhere = SmallModel.install(store.resolve("elsewhere"), "secret");
    Path served = SmallModel.install(store.resolve("served"), "small");
    server = RunningServer.start(LoopbackConfig.onPort(0), List.of(served));
    channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    server.close();
  }

  static List<String> words() {
    return List.of(
        elsewhere.toString(),
        elsewhere.toUri().toString(),
        "../elsewhere/secret",
        "../../elsewhere/secret/model.onnx",
        "small/../../elsewhere/secret",
        "./small",
        "small/",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.org/model.onnx",
        "jar:file:/tmp/x.jar!/model.onnx",
        "${env:HOME}",
        "java.lang.Runtime",
        "dev.sightline.server.app.Main",
        "small\0.onnx");
  }

  @ParameterizedTest
  @MethodSource("words")
  void wordsThatAreNoNamesOfTheCatalogueAreUnknown(String word) throws Exception {
    assertUnknown("UNKNOWN_MODEL", ExplainOptions.newBuilder().setModel(word));
    assertUnknown("UNKNOWN_LAYER", ExplainOptions.newBuilder().addLayers(word));
    assertUnknown(
        "UNKNOWN_CLASS",
        ExplainOptions.newBuilder().addClasses(ClassChoice.newBuilder().setLabel(word)));
    assertUnknown(
        "UNKNOWN_MODEL",
        () ->
            ModelServiceGrpc.newBlockingStub(channel)
                .getModel(GetModelRequest.newBuilder().setName(word).build()));
  }

  private static void assertUnknown(String reason, ExplainOptions.Builder options)
      throws Exception {
    assertUnknown(
        reason,
        () ->
            ExplanationServiceGrpc.newBlockingStub(channel)
                .explain(
                    ExplainRequest.newBuilder()
                        .setOptions(options)
                        .setImage(Image.getDefaultInstance())
                        .build()));
  }

  private static void assertUnknown(String reason, Runnable call) throws Exception {
    StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(error.getStatus().getCode())
        .isIn(Status.Code.NOT_FOUND, Status.Code.INVALID_ARGUMENT);
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    assertThat(status).isNotNull();
    assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason()).isEqualTo(reason);
  }

  /**
   * Whoever adds a word or bytes to the protocol thinks here about what the server does with it.
   */
  @Test
  void thereIsNoOtherWordInTheProtocolAndItsBytesArePixels() {
    Set<String> words = new TreeSet<>();
    Set<Descriptor> seen = new HashSet<>();
    for (var file :
        List.of(ExplanationServiceProto.getDescriptor(), ModelServiceProto.getDescriptor())) {
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          collect(method.getInputType(), seen, words);
        }
      }
    }
    assertThat(words)
        .containsExactly(
            "sightline.v1.ClassChoice.label",
            "sightline.v1.ExplainOptions.layers",
            "sightline.v1.ExplainOptions.model",
            "sightline.v1.GetModelRequest.name",
            "sightline.v1.Image.encoded",
            "sightline.v1.RawImage.data",
            "sightline.v1.Tensor.data");
  }

  private static void collect(Descriptor message, Set<Descriptor> seen, Set<String> words) {
    if (!seen.add(message)) {
      return;
    }
    for (FieldDescriptor field : message.getFields()) {
      if (field.getJavaType() == JavaType.MESSAGE) {
        collect(field.getMessageType(), seen, words);
      } else if (field.getJavaType() == JavaType.STRING
          || field.getJavaType() == JavaType.BYTE_STRING) {
        words.add(field.getFullName());
      }
    }
  }

  @Test
  void theRoomsThatReadWhatClientsSendOpenNothing() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(
                "dev.sightline.server.grpc",
                "dev.sightline.server.stream",
                "dev.sightline.server.batch",
                "dev.sightline.server.explain",
                "dev.sightline.server.image");
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.util.jar..")
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.io\\.(File.*|RandomAccessFile)"
                + "|java\\.io\\.ObjectInputStream|java\\.net\\.(URL.*|URI|Socket|http\\..*)"
                + "|java\\.lang\\.(ClassLoader|ProcessBuilder|Runtime|reflect\\..*)")
        .orShould()
        .callMethod(Class.class, "forName", String.class)
        .check(classes);
  }
}
