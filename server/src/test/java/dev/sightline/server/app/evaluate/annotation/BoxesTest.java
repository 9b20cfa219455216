package dev.sightline.server.app.evaluate.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.explain.measure.Box;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoxesTest {
  @TempDir private Path folder;
  private final List<String> problems = new ArrayList<>();

  @Test
  void vocPixelsCountFromOneAndBothCornersAreInside() throws IOException {
    write("a.xml", voc("cat.jpg", object("cat", "1", "2", "10", "20")));
    write("sub/b.xml", voc("dog.jpg", object("dog", "3", "3", "3", "3")));
    Boxes boxes = Boxes.read(folder, problems::add);
    assertThat(boxes.of("cat.jpg")).containsExactly(box("cat", 0, 1, 10, 20));
    assertThat(boxes.of("any/folder/dog.jpg")).containsExactly(box("dog", 2, 2, 3, 3));
    assertThat(boxes.of("nix.jpg")).isEmpty();
    assertThat(boxes.images()).isEqualTo(2);
    assertThat(problems).isEmpty();
  }

  @Test
  void malformedVocEntriesAreLinesAndTheRestCounts() throws IOException {
    write(
        "a.xml",
        voc(
            "cat.jpg",
            object("cat", "10", "2", "1", "20")
                + object("cat", "one", "2", "10", "20")
                + "<object><name>cat</name></object>"
                + object("cat", "1", "1", "2", "2")));
    write("b.xml", "<annotation><filename>b.jpg</filename>");
    write("c.xml", voc("", ""));
    Boxes boxes = Boxes.read(folder, problems::add);
    assertThat(boxes.of("cat.jpg")).containsExactly(box("cat", 0, 0, 2, 2));
    assertThat(problems).hasSize(5);
    assertThat(problems.get(0)).contains("a.xml: object 1: ").contains("no area");
    assertThat(problems.get(1)).contains("object 2: its xmin is 'one'");
    assertThat(problems.get(2)).contains("object 3: it has no <bndbox>");
    assertThat(problems.get(3)).contains("b.xml: no XML of boxes");
    assertThat(problems.get(4)).contains("c.xml: it has no <filename>");
  }

  @Test
  void xmlReadsNoOtherFile() throws IOException {
    Path secret = write("secret.txt", "secret");
    Path file =
        write(
            "a.xml",
            "<!DOCTYPE annotation [<!ENTITY e SYSTEM \"%s\">]>".formatted(secret.toUri())
                + voc("&e;.jpg", object("&e;", "1", "1", "2", "2")));
    assertThat(Boxes.read(file, problems::add).images()).isZero();
    assertThat(problems).hasSize(1);
    assertThat(problems.get(0)).contains("DOCTYPE").doesNotContain("secret");
  }

  @Test
  void cocoEntriesAreJoinedInWhateverOrderTheyCome() throws IOException {
    Path file =
        write(
            "boxes.json",
            """
            {"info": {"year": [2017]},
             "annotations": [
               {"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4.5], "segmentation": [[1, 2]]},
               {"image_id": 7, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 1},
               {"image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4]},
               {"image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4]},
               {"image_id": 7, "category_id": 1, "bbox": [1, 2, "3", 4]},
               {"image_id": 7, "category_id": 1, "bbox": [1, 2, 0, 4]},
               {"category_id": 1, "bbox": [1, 2, 3, 4]},
               12],
             "images": [{"id": 7, "file_name": "train/a.jpg"}, {"id": 9}],
             "categories": [{"id": 1, "name": "cat"}]}
            """);
    Boxes boxes = Boxes.read(file, problems::add);
    assertThat(boxes.of("a.jpg")).containsExactly(box("cat", 1, 2, 4, 6.5));
    assertThat(problems)
        .map(problem -> problem.substring(problem.indexOf(": ") + 2))
        .containsExactly(
            "annotations, entry 5: its bbox is [1,2,\"3\",4]",
            "annotations, entry 6: a box from (1.0, 2.0) to (1.0, 6.0) has no area",
            "annotations, entry 7: its image_id is missing",
            "annotations, entry 8: its bbox is ",
            "images, entry 2: its file_name is missing",
            "annotations, entry 3: there is no image 8",
            "annotations, entry 4: there is no category 2");
  }

  @Test
  void damagedCocoFileCountsAsFarAsItGoes() throws IOException {
    Path file =
        write(
            "boxes.json",
            """
            {"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "cat"}],
             "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}, {"image_id
            """);
    assertThat(Boxes.read(file, problems::add).of("a.jpg")).hasSize(1);
    assertThat(problems).hasSize(1);
    assertThat(Boxes.read(write("list.json", "[1]"), problems::add).images()).isZero();
    assertThat(problems.get(1)).endsWith("list.json: it does not begin with an object");
  }

  @Test
  void csvColumnsAreFoundByTheirNames() throws IOException {
    Path file =
        write(
            "boxes.csv",
            """
            xmin,ymin,xmax,ymax,label,file
            0, 1.5, 10, 20,"cat, tabby",a.jpg
            0,0,1,1,,b.jpg
            0,0,1,x,cat,b.jpg
            0,0,1,1
            0,0,1,1,cat,
            """);
    Boxes boxes = Boxes.read(file, problems::add);
    assertThat(boxes.of("a.jpg")).containsExactly(box("cat, tabby", 0, 1.5, 10, 20));
    assertThat(boxes.of("b.jpg")).containsExactly(box("", 0, 0, 1, 1));
    assertThat(problems).hasSize(3);
    assertThat(problems.get(0)).contains("line 4: its ymax is 'x'");
    assertThat(problems.get(1)).contains("line 5: it has 4 fields");
    assertThat(problems.get(2)).contains("it names no file");
  }

  @Test
  void fileThatHoldsNoBoxesAtAllIsRefused() throws IOException {
    Path noColumn = write("x.csv", "file,label\na.jpg,cat\n");
    assertThatThrownBy(() -> Boxes.read(noColumn, problems::add))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("'xmin' is missing");
    assertThatThrownBy(() -> Boxes.read(folder.resolve("nix.csv"), problems::add))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("cannot be read");
    assertThatThrownBy(() -> Boxes.read(folder.resolve("x.txt"), problems::add))
        .hasMessageContaining("PASCAL VOC");
    assertThatThrownBy(() -> Boxes.read(folder, problems::add)).hasMessageContaining("no .xml");
  }

  @Test
  void labelsComeFromFoldersOrAFile() throws IOException {
    ImageLabels folders = ImageLabels.ofFolders();
    assertThat(folders.of(Path.of("val/cat/1.jpg"))).isEqualTo("cat");
    assertThat(folders.of(Path.of("1.jpg"))).isNull();
    Path file = write("l.csv", "file,label\na/1.jpg,cat\n1.jpg,dog\n2.jpg,\nb.jpg\n");
    ImageLabels labels = ImageLabels.read(file, problems::add);
    assertThat(labels.of(Path.of("a/1.jpg"))).isEqualTo("cat");
    assertThat(labels.of(Path.of("b/1.jpg"))).isEqualTo("dog");
    assertThat(labels.of(Path.of("2.jpg"))).isNull();
    assertThat(problems).hasSize(2);
    Labels classes = new Labels(List.of("n02123045 tabby, cat", "7", "dog"));
    assertThat(ImageLabels.classOf("Cat", classes)).hasValue(0);
    assertThat(ImageLabels.classOf("7", classes)).as("a name first").hasValue(1);
    assertThat(ImageLabels.classOf("2", classes)).hasValue(2);
    assertThat(ImageLabels.classOf("3", classes)).isEmpty();
    assertThat(ImageLabels.classOf("bird", classes)).isEmpty();
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static LabelledBox box(String label, double x0, double y0, double x1, double y1) {
    return new LabelledBox(label, new Box(x0, y0, x1, y1));
  }

  private static String voc(String image, String objects) {
    return "<annotation><filename>%s</filename>%s</annotation>".formatted(image, objects);
  }

  private static String object(String name, String x0, String y0, String x1, String y1) {
    return "<object><name>%s</name><bndbox><xmin>%s</xmin><ymin>%s</ymin><xmax>%s</xmax><ymax>%s</ymax></bndbox></object>"
        .formatted(name, x0, y0, x1, y1);
  }
}
