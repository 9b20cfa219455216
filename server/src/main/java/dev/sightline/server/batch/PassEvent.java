package dev.sightline.server.batch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A pass through the engine in a Flight Recorder recording; costs nothing where none runs. */
@Name(PassEvent.NAME)
@Label("Pass")
@Category("Sightline")
@Description("A batch of frames went through the inference engine.")
@StackTrace(false)
final class PassEvent extends Event {
  static final String NAME = "dev.sightline.Pass";

  @Label("Lane")
  @Description("The model and layer")
  String lane = "";

  @Label("Frames")
  int frames;

  @Label("Rows")
  @Description("Frames times the classes explained in them")
  int rows;

  @Label("Compute Time")
  @Timespan(Timespan.NANOSECONDS)
  long computeTime;

  @Label("Oldest Image")
  @Description("How old the oldest image was when the pass began")
  @Timespan(Timespan.NANOSECONDS)
  long oldest;

  @Label("Failed")
  boolean failed;
}
