package dev.sightline.server.app.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A column of the table: the mean over images of a figure of each image. */
public enum Measure {
  /** 100 · max(0, p − p')/p of the image times its map. */
  DROP(Group.MASKING, "drop %", false),
  /** 100 where the probability rose. */
  INCREASE(Group.MASKING, "increase %", true),
  /** The drop when the half of the pixels with the highest values is kept. */
  RELATIVE_DROP(Group.MASKING, "drop % (half)", false),
  /** The increase likewise. */
  RELATIVE_INCREASE(Group.MASKING, "increase % (half)", true),
  /** Area under the probability while the most relevant pixels appear. */
  INSERTION(Group.CURVES, "insertion", true),
  /** Area under the probability while the most relevant pixels vanish. */
  DELETION(Group.CURVES, "deletion", false),
  /** The harmonic mean of the next two and of the drop, each turned so that 1 is best. */
  ADCC(Group.ADCC, "ADCC", true),
  /** How alike the map of the image times its map is. */
  COHERENCY(Group.ADCC, "coherency", true),
  /** The mean of the map. */
  COMPLEXITY(Group.ADCC, "complexity", false),
  /** Mean probability after the most relevant 20, 40, 60 and 80 % of the pixels were removed. */
  ROAD_MOST_RELEVANT(Group.ROAD, "most relevant removed", false),
  /** The same with the least relevant. */
  ROAD_LEAST_RELEVANT(Group.ROAD, "least relevant removed", true),
  /** 100 unless the class is the most probable one and its box has an IoU of 0.5. */
  ERROR_TOP_1(Group.LOCATION, "error top-1 %", false),
  /** 100 unless the class is among the five most probable and its box has an IoU of 0.5. */
  ERROR_TOP_5(Group.LOCATION, "error top-5 %", false),
  /** The intersection over union of the region's box with the nearest box of the class. */
  IOU(Group.LOCATION, "mean IoU", true),
  /** 100 where the map's largest value lies in a box of the class. */
  POINTING(Group.LOCATION, "pointing %", true),
  /** The share of the map in boxes of the class. */
  ENERGY(Group.LOCATION, "energy %", true);

  private final Group group;
  private final String title;
  private final boolean moreIsBetter;

  Measure(Group group, String title, boolean moreIsBetter) {
    this.group = group;
    this.title = title;
    this.moreIsBetter = moreIsBetter;
  }

  static List<Measure> of(Set<Group> groups) {
    return Arrays.stream(values()).filter(measure -> groups.contains(measure.group)).toList();
  }

  /** Such as "relative_drop", for programs. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title + (moreIsBetter ? " ↑" : " ↓");
  }
}
