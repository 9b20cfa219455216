package dev.sightline.client;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Several servers as one target of gRPC's: a name resolver for {@code host:port,host:port}, beside
 * gRPC's own for one name, which may itself stand for several servers.
 */
final class Addresses extends NameResolverProvider {
  private static final String SCHEME = "sightline";
  private static final String ADDRESS = "(\\[[^]]+]|[^:/,\\s]+):\\d{1,5}";

  static {
    NameResolverRegistry.getDefaultRegistry().register(new Addresses());
  }

  private Addresses() {}

  /**
   * What a channel is to be made for.
   *
   * @throws IllegalArgumentException if one of them is no {@code host:port}
   */
  static String target(String addresses) {
    List<String> all = List.of(addresses.split(",", -1));
    for (String address : all) {
      if (!address.matches(ADDRESS)) {
        throw new IllegalArgumentException(
            "\"" + address + "\" is not an address such as localhost:8484");
      }
    }
    // A URI has no brackets in its path.
    return all.size() == 1
        ? addresses
        : SCHEME + ":///" + addresses.replace("[", "%5B").replace("]", "%5D");
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return 5;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return List.of(InetSocketAddress.class);
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    return SCHEME.equals(target.getScheme())
        ? new Resolver(List.of(target.getPath().substring(1).split(",")), args)
        : null;
  }

  /** Looks the hosts up, again whenever gRPC asks for it. */
  private static final class Resolver extends NameResolver {
    private final List<String> addresses;
    private final Args args;
    private NameResolver.@Nullable Listener2 listener;

    Resolver(List<String> addresses, Args args) {
      this.addresses = addresses;
      this.args = args;
    }

    @Override
    public String getServiceAuthority() {
      return addresses.get(0);
    }

    @Override
    public void start(Listener2 results) {
      listener = results;
      refresh();
    }

    @Override
    public void refresh() {
      Listener2 results = Objects.requireNonNull(listener);
      Objects.requireNonNull(args.getOffloadExecutor())
          .execute(
              () -> {
                ResolutionResult found =
                    ResolutionResult.newBuilder().setAddressesOrError(found()).build();
                args.getSynchronizationContext().execute(() -> results.onResult2(found));
              });
    }

    @Override
    public void shutdown() {}

    /** Where the servers are; one whose name is unknown does not keep the others out. */
    private StatusOr<List<EquivalentAddressGroup>> found() {
      List<EquivalentAddressGroup> found = new ArrayList<>();
      Status failure = Status.UNAVAILABLE;
      for (String address : addresses) {
        int colon = address.lastIndexOf(':');
        // What a certificate must be for.
        Attributes own =
            Attributes.newBuilder()
                .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, address)
                .build();
        try {
          for (InetAddress host : InetAddress.getAllByName(address.substring(0, colon))) {
            found.add(
                new EquivalentAddressGroup(
                    new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1))),
                    own));
          }
        } catch (UnknownHostException e) {
          failure = Status.UNAVAILABLE.withDescription("Unable to resolve host " + address);
        }
      }
      return found.isEmpty() ? StatusOr.fromStatus(failure) : StatusOr.fromValue(found);
    }
  }
}
