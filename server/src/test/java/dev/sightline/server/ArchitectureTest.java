package dev.sightline.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;

/** The rooms of the server and the arrows between them, which point one way only. */
@AnalyzeClasses(packages = "dev.sightline", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest static final ArchRule graph = room("graph");
  @ArchTest static final ArchRule engine = room("engine", "graph");
  @ArchTest static final ArchRule explain = room("explain");
  @ArchTest static final ArchRule image = room("image");
  @ArchTest static final ArchRule model = room("model", "engine", "graph", "image");
  @ArchTest static final ArchRule batch = room("batch", "engine", "explain", "image", "model");
  @ArchTest static final ArchRule stream = room("stream", "batch");
  @ArchTest static final ArchRule grpc = room("grpc", "stream", "batch", "model");

  @ArchTest
  static final ArchRule noCycles =
      slices().matching("dev.sightline.server.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheServicesAndTheProgramKnowGrpc =
      noClasses()
          .that()
          .resideInAPackage("dev.sightline.server..")
          .and()
          .resideOutsideOfPackages("dev.sightline.server.grpc..", "dev.sightline.server.app..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.grpc..", "io.netty..");

  @ArchTest
  static final ArchRule onlyTheEngineKnowsInferenceEngines =
      noClasses()
          .that()
          .resideInAPackage("dev.sightline..")
          .and()
          .resideOutsideOfPackage("dev.sightline.server.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..", "ai.onnxruntime..");

  @ArchTest
  static final ArchRule graphsAndEnginesKnowNoProtocol =
      noClasses()
          .that()
          .resideInAnyPackage("dev.sightline.server.graph..", "dev.sightline.server.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.sightline.v1..", "dev.sightline.heatmap..");

  private static ArchRule room(String name, String... mayUse) {
    List<String> allowed = new ArrayList<>();
    allowed.add("dev.sightline.server." + name + "..");
    for (String other : mayUse) {
      allowed.add("dev.sightline.server." + other + "..");
    }
    return classes()
        .that()
        .resideInAPackage("dev.sightline.server." + name + "..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed.toArray(String[]::new))
                .or(
                    com.tngtech.archunit.base.DescribedPredicate.not(
                        resideInAnyPackage("dev.sightline.server.."))))
        .allowEmptyShould(true);
  }
}
