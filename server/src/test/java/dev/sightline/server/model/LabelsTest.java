package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelsTest {
  private final Labels labels =
      new Labels(List.of("n02012849 crane", "n02123045 tabby, tabby cat", "n03126707 crane"));

  @Test
  void labelIsFoundInFullWithoutItsIdAndByAnyOfItsNames() {
    assertThat(labels.find("n02123045 tabby, tabby cat")).hasValue(1);
    assertThat(labels.find("tabby, tabby cat")).hasValue(1);
    assertThat(labels.find("Tabby")).hasValue(1);
    assertThat(labels.find(" TABBY CAT ")).hasValue(1);
    assertThat(labels.find("cat")).isEmpty();
    assertThat(labels.find("n02123045")).isEmpty();
  }

  @Test
  void ofSeveralClassesTheFirstIsTaken() {
    assertThat(labels.find("crane")).hasValue(0);
    assertThat(labels.find("n03126707 crane")).hasValue(2);
  }

  @Test
  void labelsAreNumberedWhereThereAreNone() {
    assertThat(Labels.numbered(3).all()).containsExactly("class 0", "class 1", "class 2");
    assertThat(Labels.numbered(3).find("class 2")).hasValue(2);
  }

  @Test
  void blankLabelIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Labels(List.of("a", " ")))
        .withMessage("label 1 is blank");
  }
}
