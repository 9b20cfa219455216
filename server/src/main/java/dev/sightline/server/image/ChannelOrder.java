package dev.sightline.server.image;

/** The channels of a network's input, in order. */
public enum ChannelOrder {
  /** Red, green, blue. */
  RGB(3),
  /** Blue, green, red. */
  BGR(3),
  /** Luminance alone. */
  GREY(1);

  private final int channels;

  ChannelOrder(int channels) {
    this.channels = channels;
  }

  /** The number of channels. */
  public int channels() {
    return channels;
  }
}
