package dev.sightline.client.load;

import java.util.ArrayList;
import java.util.List;

/**
 * Things in proportion to their weights.
 *
 * @param thing what is dealt out
 * @param weight at least 1
 */
public record Mix<T>(T thing, int weight) {

  /**
   * Deals things out in turns, each as often as its weight says and as evenly as that can be
   * (smooth weighted round robin): any first few are in proportion, too.
   */
  public static <T> List<T> deal(List<Mix<T>> mixes, int count) {
    long[] credit = new long[mixes.size()];
    long all = mixes.stream().mapToLong(Mix::weight).sum();
    List<T> dealt = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int richest = 0;
      for (int j = 0; j < credit.length; j++) {
        credit[j] += mixes.get(j).weight;
        richest = credit[j] > credit[richest] ? j : richest;
      }
      credit[richest] -= all;
      dealt.add(mixes.get(richest).thing);
    }
    return dealt;
  }
}
