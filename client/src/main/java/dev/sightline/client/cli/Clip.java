package dev.sightline.client.cli;

import java.io.IOException;

/** A short film, as a camera would send it. */
interface Clip {

  /** How many frames it has, at least 1. */
  int frames();

  /** A frame as the bytes of an image file; the same bytes for the same index, from 0. */
  byte[] frame(int index) throws IOException;
}
