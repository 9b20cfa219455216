package dev.sightline.server.app;

import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code sightline model list}. */
@Command(name = "list", description = "Lists the models.")
final class ModelListCommand extends ModelAction {
  @Override
  void act(PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAME", "CLASSES", "INPUT", "SIZE", "DESCRIPTION"));
    List<ModelException> damaged = new ArrayList<>();
    for (Path folder : models().store().folders()) {
      try {
        ModelFolder model = ModelFolder.read(folder);
        rows.add(
            List.of(
                model.name(),
                String.valueOf(model.labels().size()),
                ModelText.input(model),
                ModelText.size(model),
                model.card().description()));
      } catch (ModelException e) {
        damaged.add(e);
      }
    }
    if (rows.size() > 1) {
      out.print(ModelText.table(rows));
    } else if (damaged.isEmpty()) {
      out.printf(
          "no models at %s yet; `sightline model pull mobilenet-v1` fetches one%n",
          models().store().directory());
    }
    if (!damaged.isEmpty()) {
      damaged.subList(0, damaged.size() - 1).forEach(this::complain);
      throw damaged.get(damaged.size() - 1);
    }
  }
}
