package dev.sightline.client;

/**
 * A model in a line.
 *
 * @param name the name by which {@link Options.Builder#model} chooses it
 * @param description a line about it
 * @param isDefault whether it answers options that name no model
 * @param classes the number of classes
 */
public record ModelSummary(String name, String description, boolean isDefault, int classes) {
  static ModelSummary of(dev.sightline.v1.ModelSummary wire) {
    return new ModelSummary(
        wire.getName(), wire.getDescription(), wire.getIsDefault(), wire.getClasses());
  }
}
