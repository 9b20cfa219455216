package dev.sightline.client;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.heatmap.MalformedHeatmapException;
import dev.sightline.heatmap.Overlay;
import dev.sightline.heatmap.OverlayStyle;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.Plane;
import dev.sightline.v1.HeatmapFlag;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Region;
import dev.sightline.v1.Scaling;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A class-activation map: where the evidence for a class lies. Immutable; what is computed from it
 * is computed anew by every call. The methods that read its data throw {@link
 * MalformedHeatmapException} if the data is not what its encoding promises.
 */
public final class Heatmap {
  private final dev.sightline.v1.Heatmap wire;
  private final dev.sightline.v1.Explanation explanation;
  private final Image image;
  private final Method method;
  private final Encoding encoding;

  Heatmap(dev.sightline.v1.Heatmap wire, dev.sightline.v1.Explanation explanation, Image image) {
    this.wire = wire;
    this.explanation = explanation;
    this.image = image;
    this.method = Method.of(wire.getMethod());
    this.encoding = Encoding.of(wire.getEncoding());
  }

  /** The method that made it. */
  public Method method() {
    return method;
  }

  /** The target layer; empty for a method that has none, and for fused layers. */
  public String layer() {
    return wire.getLayer();
  }

  /** The layers that were fused into it; empty if it has one or none. */
  public List<String> fusedLayers() {
    return wire.getFusedLayersList();
  }

  /** The one feature map of the layer that it is about; empty if it is about all. */
  public OptionalInt filter() {
    return wire.hasFilter() ? OptionalInt.of(wire.getFilter()) : OptionalInt.empty();
  }

  /** Whether its grid is as fine as the network's input, rather than a layer's. */
  public boolean isPixelLevel() {
    return method.isPixelLevel() || !fusedLayers().isEmpty();
  }

  /** The index of the class that it explains. */
  public int classIndex() {
    return wire.getClassIndex();
  }

  /** The label of the class that it explains. */
  public String label() {
    return wire.getClassLabel();
  }

  /** The logit of the class that it explains. */
  public float logit() {
    return wire.getLogit();
  }

  /** How it travelled. */
  public Encoding encoding() {
    return encoding;
  }

  /** Columns of the plane at pixel level: what {@link #pixels()} gives. */
  public int width() {
    return wire.getWidth();
  }

  /** Rows of the plane at pixel level: what {@link #pixels()} gives. */
  public int height() {
    return wire.getHeight();
  }

  /** Whether the pixels keep the values of the method's equation, unscaled. */
  public boolean isRaw() {
    return wire.getScaling() == Scaling.SCALING_RAW;
  }

  /** The smallest raw value, of the grid if it is a grid that travelled, else of the plane. */
  public float min() {
    return wire.getValueRange().getMin();
  }

  /** The largest raw value, of the grid if it is a grid that travelled, else of the plane. */
  public float max() {
    return wire.getValueRange().getMax();
  }

  /** How the grid becomes pixels. */
  public Kernel kernel() {
    return wire.getKernel();
  }

  /** What to know before trusting the map; empty where there is nothing. */
  public List<HeatmapFlag> flags() {
    return wire.getFlagsList();
  }

  /**
   * Whether there is something to know before trusting the map: it is zero, constant, not finite.
   */
  public boolean isFlagged() {
    return !flags().isEmpty();
  }

  /** Where the map is strong; empty unless {@link Options.Builder#localise} asked. */
  public Optional<MapRegion> region() {
    return wire.hasRegion() ? Optional.of(MapRegion.of(wire.getRegion())) : Optional.empty();
  }

  /** How {@link Method#HIGH_RES_CAM} came to the map; empty for other methods. */
  public Optional<Refinement> refinement() {
    return wire.hasRefinement()
        ? Optional.of(
            new Refinement(
                wire.getRefinement(), kernel().getInputWidth(), kernel().getInputHeight()))
        : Optional.empty();
  }

  /**
   * The raw values of the grid.
   *
   * @throws IllegalStateException if it was not a grid that travelled
   */
  public Grid grid() {
    if (!encoding.isGrid()) {
      throw new IllegalStateException(
          "a map that travelled as " + encoding + " has lost its grid; ask for GRID_FLOAT32");
    }
    return HeatmapReader.grid(wire);
  }

  /**
   * The map at pixel level, {@link #width()} by {@link #height()}; scaled to [0, 1] unless {@link
   * #isRaw()}.
   *
   * @throws IllegalStateException if it was an overlay that travelled
   */
  public Plane pixels() {
    requireNumbers();
    return HeatmapReader.plane(wire);
  }

  /**
   * As {@link #pixels()} at a size of the caller's: exactly what the server would have made of it
   * if it was a grid that travelled, a resized plane otherwise.
   */
  public Plane pixels(int width, int height) {
    requireNumbers();
    return HeatmapReader.plane(wire, width, height);
  }

  /**
   * The image that was sent with the map drawn over it in the style of its method, and the box of
   * its {@link #region()} if there is one, in the size of the image.
   *
   * @throws IllegalStateException if it was a tensor that was sent
   * @throws java.io.UncheckedIOException if it was a file that cannot be read any more
   */
  public BufferedImage overlay() {
    return Photos.image(
        encoding.isOverlay() ? HeatmapReader.overlay(wire) : drawnOver(image.photo()));
  }

  /**
   * As {@link #overlay()}, with the image resized.
   *
   * @throws IllegalStateException if it was a tensor that was sent, or an overlay that travelled
   */
  public BufferedImage overlay(int width, int height) {
    requireNumbers();
    BufferedImage resized = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = resized.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(Photos.image(image.photo()), 0, 0, width, height, null);
    graphics.dispose();
    return overlay(resized);
  }

  /**
   * A picture of the caller's with the map drawn over it: the image in another size, or any other
   * that shows the same. The picture itself is left as it is.
   *
   * @throws IllegalStateException if it was an overlay that travelled
   */
  public BufferedImage overlay(BufferedImage picture) {
    requireNumbers();
    return Photos.image(drawnOver(Photos.photo(picture)));
  }

  /** The map as the protocol writes it. */
  public dev.sightline.v1.Heatmap toProto() {
    return wire;
  }

  @Override
  public String toString() {
    return "%s of %s%s, %d x %d cells"
        .formatted(method.title(), label(), place(), wire.getGridHeight(), wire.getGridWidth());
  }

  private String place() {
    String layers = fusedLayers().isEmpty() ? layer() : String.join(" and ", fusedLayers());
    String filter = filter().isPresent() ? ", filter " + filter().getAsInt() : "";
    return (layers.isEmpty() ? "" : " at " + layers) + filter;
  }

  private Photo drawnOver(Photo photo) {
    Region covered = explanation.hasRegion() ? on(photo, explanation.getRegion()) : all(photo);
    int width = Math.max(1, Math.round(covered.getWidth()));
    int height = Math.max(1, Math.round(covered.getHeight()));
    Photo drawn =
        Overlay.draw(
            photo,
            HeatmapReader.plane(wire, width, height).normalised(),
            covered,
            OverlayStyle.of(wire.getMethod()));
    return wire.hasRegion() ? Overlay.outline(drawn, on(photo, wire.getRegion().getBox())) : drawn;
  }

  private static Region all(Photo photo) {
    return Region.newBuilder().setWidth(photo.width()).setHeight(photo.height()).build();
  }

  /** A region of the image, on a picture of it in any size. */
  private Region on(Photo photo, Region region) {
    float acrossX = (float) photo.width() / explanation.getImageWidth();
    float acrossY = (float) photo.height() / explanation.getImageHeight();
    return Region.newBuilder()
        .setX(region.getX() * acrossX)
        .setY(region.getY() * acrossY)
        .setWidth(region.getWidth() * acrossX)
        .setHeight(region.getHeight() * acrossY)
        .build();
  }

  private void requireNumbers() {
    if (encoding.isOverlay()) {
      throw new IllegalStateException(
          "a map that travelled as an overlay cannot be read as numbers");
    }
  }
}
