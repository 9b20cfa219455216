package dev.sightline.server.app.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A column of the table: the mean over images of a figure of each image. */
public enum Measure {
  /** 100 · max(0, p − p')/p of the image times its map. */
  DROP(
      Group.MASKING,
      "drop %",
      false,
      "By how much of itself the class's probability drops when the image is multiplied by its map."),
  /** 100 where the probability rose. */
  INCREASE(
      Group.MASKING, "increase %", true, "The share of images whose probability rises instead."),
  /** The drop when the half of the pixels with the highest values is kept. */
  RELATIVE_DROP(
      Group.MASKING,
      "drop % (half)",
      false,
      "The drop when the half of the pixels with the highest values of the map is kept."),
  /** The increase likewise. */
  RELATIVE_INCREASE(
      Group.MASKING,
      "increase % (half)",
      true,
      "The share of images whose probability rises then."),
  /** Area under the probability while the most relevant pixels appear. */
  INSERTION(
      Group.CURVES,
      "insertion",
      true,
      "The area under the probability while pixels appear, the most relevant first."),
  /** Area under the probability while the most relevant pixels vanish. */
  DELETION(
      Group.CURVES,
      "deletion",
      false,
      "The area under the probability while pixels vanish, the most relevant first."),
  /** The harmonic mean of the next two and of the drop, each turned so that 1 is best. */
  ADCC(Group.ADCC, "ADCC", true, "The harmonic mean of coherency, 1 - complexity and 1 - drop."),
  /** How alike the map of the image times its map is. */
  COHERENCY(Group.ADCC, "coherency", true, "How alike the map of the image times its map is."),
  /** The mean of the map. */
  COMPLEXITY(Group.ADCC, "complexity", false, "The mean of the map."),
  /** Mean probability after the most relevant 20, 40, 60 and 80 % of the pixels were removed. */
  ROAD_MOST_RELEVANT(
      Group.ROAD,
      "most relevant removed",
      false,
      "The mean probability after the most relevant 20, 40, 60 and 80 % of the pixels were removed."),
  /** The same with the least relevant. */
  ROAD_LEAST_RELEVANT(
      Group.ROAD, "least relevant removed", true, "The same for the least relevant."),
  /** 100 unless the class is the most probable one and its box has an IoU of 0.5. */
  ERROR_TOP_1(
      Group.LOCATION,
      "error top-1 %",
      false,
      "The share of images whose class is not the most probable one, or whose box has an IoU below 0.5."),
  /** 100 unless the class is among the five most probable and its box has an IoU of 0.5. */
  ERROR_TOP_5(
      Group.LOCATION,
      "error top-5 %",
      false,
      "The same with the class among the five most probable ones."),
  /** The intersection over union of the region's box with the nearest box of the class. */
  IOU(
      Group.LOCATION,
      "box IoU",
      true,
      "The overlap of the box around the map's strongest region with the object's box."),
  /** The intersection over union of the pixels that the map marks with those of the object. */
  MASK_IOU(
      Group.LOCATION,
      "mask IoU",
      true,
      "The overlap of the pixels above the threshold with those of the object."),
  /** 100 where the map's largest value lies in a box of the class. */
  POINTING(
      Group.LOCATION,
      "pointing %",
      true,
      "The share of images whose map is largest inside of a box of the object."),
  /** The share of the map in boxes of the class. */
  ENERGY(
      Group.LOCATION, "energy %", true, "The share of the map that lies in boxes of the object.");

  private final Group group;
  private final String title;
  private final boolean moreIsBetter;
  private final String meaning;

  Measure(Group group, String title, boolean moreIsBetter, String meaning) {
    this.group = group;
    this.title = title;
    this.moreIsBetter = moreIsBetter;
    this.meaning = meaning;
  }

  static List<Measure> of(Set<Group> groups) {
    return Arrays.stream(values()).filter(measure -> groups.contains(measure.group)).toList();
  }

  /** Such as "relative_drop", for programs. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title + (moreIsBetter ? "\u00a0↑" : "\u00a0↓");
  }

  boolean moreIsBetter() {
    return moreIsBetter;
  }

  /** A sentence for people. */
  String meaning() {
    return meaning;
  }

  /** A figure for people: percents with one decimal, shares with three. */
  String text(double figure) {
    return String.format(Locale.ROOT, title.contains("%") ? "%.1f" : "%.3f", figure);
  }

  /** Whether it is among the few that are given for a single map. */
  boolean underPictures() {
    return switch (this) {
      case DROP, RELATIVE_DROP, INSERTION, DELETION, ADCC, IOU, MASK_IOU -> true;
      default -> false;
    };
  }
}
