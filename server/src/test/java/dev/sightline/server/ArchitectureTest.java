package dev.sightline.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rooms of the server and the arrows between them, which point one way only. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.sightline");

  @ParameterizedTest
  @CsvSource({
    "graph, ''",
    "engine, graph",
    "explain, ''",
    "image, ''",
    "model, engine graph image",
    "batch, engine explain image model",
    "stream, batch",
    "access, ''",
    "grpc, stream batch model access"
  })
  void aRoomUsesOnlyThoseBelowIt(String room, String below) {
    String[] allowed =
        Stream.of((room + " " + below).trim().split(" "))
            .map(name -> "dev.sightline.server." + name + "..")
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage("dev.sightline.server." + room + "..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed).or(not(resideInAnyPackage("dev.sightline.server.."))))
        .check(CLASSES);
  }

  @Test
  void thereAreNoCycles() {
    slices().matching("dev.sightline.server.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheServicesAndTheProgramKnowGrpc() {
    noClasses()
        .that()
        .resideInAPackage("dev.sightline.server..")
        .and()
        .resideOutsideOfPackages("dev.sightline.server.grpc..", "dev.sightline.server.app..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", "io.netty..")
        .check(CLASSES);
  }

  @Test
  void onlyTheEngineKnowsInferenceEngines() {
    noClasses()
        .that()
        .resideInAPackage("dev.sightline..")
        .and()
        .resideOutsideOfPackage("dev.sightline.server.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl..", "ai.onnxruntime..")
        .check(CLASSES);
  }

  @Test
  void graphsAndEnginesKnowNoProtocol() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.sightline.server.graph..", "dev.sightline.server.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sightline.v1..", "dev.sightline.heatmap..")
        .check(CLASSES);
  }
}
