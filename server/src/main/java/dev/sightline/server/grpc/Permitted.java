package dev.sightline.server.grpc;

import dev.sightline.server.access.Client;
import dev.sightline.server.access.Grant;
import dev.sightline.server.access.Rate;
import dev.sightline.server.batch.Admission;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.batch.Target;
import dev.sightline.v1.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models as one caller may use them. Others are as if they were not there, but for one who
 * names them. The caller's default is the server's, if it may use that, else the first of its own.
 */
final class Permitted implements Catalogue, Admission {
  private final Catalogue models;
  private final Grant grant;
  private final Rate ofCall;

  /** The models of a caller who may send images as fast as its grant says. */
  Permitted(Catalogue models, Grant grant) {
    this(models, grant, Rate.UNLIMITED);
  }

  /**
   * The same for one call.
   *
   * @param ofCall how fast images may come on it, whoever makes it
   */
  Permitted(Catalogue models, Grant grant, Rate ofCall) {
    this.models = models;
    this.grant = grant;
    this.ofCall = ofCall;
  }

  @Override
  public List<Target> all() {
    return models.all().stream().filter(target -> mayUse(target.name())).toList();
  }

  /**
   * The model that is taken where this caller names none.
   *
   * @throws java.util.NoSuchElementException if it may use none
   */
  @Override
  public Target defaultTarget() {
    return find("").orElseThrow();
  }

  @Override
  public long version() {
    return models.version();
  }

  @Override
  public Optional<Target> find(String name) {
    if (!name.isEmpty()) {
      return models.find(name).filter(target -> mayUse(target.name()));
    }
    Target ofServer = models.defaultTarget();
    return mayUse(ofServer.name()) ? Optional.of(ofServer) : all().stream().findFirst();
  }

  @Override
  public Target require(String name) throws RefusedException {
    Optional<Target> found = find(name);
    if (found.isEmpty() && models.find(name).isPresent()) {
      throw new RefusedException(denied(name));
    }
    return found.isPresent() ? found.get() : Catalogue.super.require(name);
  }

  @Override
  public Optional<Refusal> refusal(String model) {
    Optional<Client> client = grant.client();
    if (client.isEmpty()) {
      return Optional.of(Authentication.UNKNOWN);
    }
    if (!client.get().mayUse(model)) {
      return Optional.of(denied(model));
    }
    // The call first: what it may not send does not count for the client either.
    return tooFast(ofCall, "A live stream")
        .or(() -> tooFast(client.get().rate(), "Client " + client.get().name()));
  }

  private static Optional<Refusal> tooFast(Rate rate, String who) {
    long wait = rate.take();
    return wait == 0
        ? Optional.empty()
        : Optional.of(
            Refusal.overloaded(
                "%s may send %d images a second.".formatted(who, rate.perSecond()),
                Duration.ofNanos(wait)));
  }

  @Override
  public int weight() {
    return grant.client().map(Client::weight).orElse(1);
  }

  private boolean mayUse(String model) {
    return grant.client().filter(client -> client.mayUse(model)).isPresent();
  }

  private Refusal denied(String model) {
    String client = grant.client().map(Client::name).orElse("");
    return model.isEmpty()
        ? Refusal.of(
            Reason.REASON_PERMISSION_DENIED,
            "Client %s may use none of this server's models.".formatted(client))
        : new Refusal(
            Reason.REASON_PERMISSION_DENIED,
            "Client %s may not use model \"%s\".".formatted(client, model),
            Map.of("model", model));
  }
}
