package dev.sightline.server.app.secure;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where TLS is kept, as PEM.
 *
 * @param certificate the server's certificate, and after it those that lead to its authority
 * @param key its private key, PKCS #8, RSA or elliptic curve, not encrypted
 * @param clientCa certificates of the authorities whose clients are let in; null asks clients for
 *     no certificate
 */
public record TlsFiles(Path certificate, Path key, @Nullable Path clientCa) {}
