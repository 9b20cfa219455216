package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
  @Test
  void aDozenFramesAreAGridOfThreeColumns() {
    BufferedImage sheet = sheet(12, 1);
    assertThat(areas(sheet, Color.RED)).isEqualTo(12);
    assertThat(areas(sheet, Color.GREEN)).isEqualTo(12);
    assertThat((double) sheet.getWidth() / sheet.getHeight()).isBetween(1.0, 1.6);
  }

  @Test
  void everyMapOfAFrameIsShown() {
    BufferedImage sheet = sheet(5, 3);
    assertThat(areas(sheet, Color.RED)).isEqualTo(5);
    assertThat(areas(sheet, Color.GREEN)).isEqualTo(15);
  }

  @Test
  void oneFrameIsASheetToo() {
    assertThat(areas(sheet(1, 1), Color.RED)).isEqualTo(1);
  }

  @Test
  void probabilityIsTheLengthOfTheBar() {
    int half = pixels(sheet(1, 1), new Color(0xffb454));
    int whole =
        pixels(ContactSheet.draw("", "", List.of(shot(1, 1, 1.0, ""))), new Color(0xffb454));
    assertThat(whole).isBetween((int) (1.7 * half), (int) (2.3 * half));
  }

  @Test
  void longLabelsStayWithinTheirTile() {
    String label = "a label that is much longer than there is room for on the sheet".repeat(3);
    BufferedImage with = ContactSheet.draw("", "", List.of(shot(1, 1, 0.5, label)));
    for (int y = 0; y < with.getHeight(); y++) {
      assertThat(with.getRGB(with.getWidth() - 2, y)).isEqualTo(with.getRGB(0, 0));
    }
  }

  private static BufferedImage sheet(int frames, int maps) {
    List<ContactSheet.Shot> shots = new ArrayList<>();
    for (int i = 0; i < frames; i++) {
      shots.add(shot(i + 1, maps, 0.5, ""));
    }
    return ContactSheet.draw("Title", "subtitle", shots);
  }

  private static ContactSheet.Shot shot(int number, int maps, double probability, String label) {
    List<ContactSheet.Map> overlays = new ArrayList<>();
    for (int i = 0; i < maps; i++) {
      overlays.add(new ContactSheet.Map("", plain(Color.GREEN)));
    }
    return new ContactSheet.Shot(number, plain(Color.RED), overlays, label, probability);
  }

  private static BufferedImage plain(Color colour) {
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(colour);
    graphics.fillRect(0, 0, 40, 30);
    graphics.dispose();
    return image;
  }

  private static int pixels(BufferedImage image, Color colour) {
    int pixels = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        pixels += image.getRGB(x, y) == colour.getRGB() ? 1 : 0;
      }
    }
    return pixels;
  }

  /** The connected areas of a colour that are as large as pictures, by flooding each. */
  private static int areas(BufferedImage image, Color colour) {
    boolean[] seen = new boolean[image.getWidth() * image.getHeight()];
    int areas = 0;
    for (int at = 0; at < seen.length; at++) {
      if (flood(image, colour, seen, at) > 5000) {
        areas++;
      }
    }
    return areas;
  }

  private static int flood(BufferedImage image, Color colour, boolean[] seen, int start) {
    int width = image.getWidth();
    int size = 0;
    List<Integer> open = new ArrayList<>(List.of(start));
    while (!open.isEmpty()) {
      int at = open.remove(open.size() - 1);
      if (at < 0 || at >= seen.length || seen[at]) {
        continue;
      }
      if (image.getRGB(at % width, at / width) != colour.getRGB()) {
        continue;
      }
      seen[at] = true;
      size++;
      open.add(at - 1);
      open.add(at + 1);
      open.add(at - width);
      open.add(at + width);
    }
    return size;
  }
}
