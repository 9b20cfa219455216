/**
 * A model on disk and in service.
 *
 * <p>A model is a folder of three files: {@code model.onnx} or {@code model.pt}, {@code labels.txt}
 * (line i is class i) and {@code model.yaml} ({@link dev.sightline.server.model.ModelCard}), and
 * beside an ONNX graph perhaps {@code expansion.onnx}, which High-Resolution CAM needs. {@link
 * dev.sightline.server.model.ModelFolder} reads and checks one, {@link
 * dev.sightline.server.model.ModelStore} keeps those of a user, {@link
 * dev.sightline.server.model.ModelRepository} serves some of them, and replaces those whose folders
 * change; each kind of pass (to a layer, with or without the expansion network, to the image,
 * behind a layer, inference) has a backend of its own that is opened when it is first wanted.
 *
 * <p>Rooms inside this one: {@code convert} writes ONNX from other formats and {@code pull} fetches
 * what the catalogue lists, which both make such folders; {@code field} measures the σ of a layer;
 * {@code expansion} trains expansion.onnx. Nothing here knows a stream, a batch or a method.
 */
@NullMarked
package dev.sightline.server.model;

import org.jspecify.annotations.NullMarked;
