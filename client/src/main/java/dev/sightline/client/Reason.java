package dev.sightline.client;

/**
 * Why a call or an image failed, for programs: the server's reasons, and at the end those that only
 * a client can find.
 */
public enum Reason {
  /** The bytes are no JPEG, PNG, WebP or BMP file, or the file is damaged or cannot be read. */
  IMAGE_UNREADABLE,
  /** There are no bytes, or no pixels. */
  IMAGE_EMPTY,
  /** More pixels or bytes than the server takes. */
  IMAGE_TOO_LARGE,
  /** A raw image's width, height, stride, format and data do not fit together. */
  IMAGE_LAYOUT,
  /** A tensor's shape is not that of the model's input. */
  TENSOR_SHAPE,
  /** A tensor holds NaN or infinity. */
  TENSOR_NOT_FINITE,
  /** No model has that name. */
  UNKNOWN_MODEL,
  /** The model has no such layer, or the layer cannot be explained. */
  UNKNOWN_LAYER,
  /** The model has no such class. */
  UNKNOWN_CLASS,
  /** The server does not know the method. */
  UNKNOWN_METHOD,
  /** The model's layer cannot give the method. */
  UNSUPPORTED_METHOD,
  /** Another option is out of its range; metadata names it as "option". */
  INVALID_OPTION,
  /** One side did not keep to the protocol. */
  PROTOCOL,
  /** A newer frame took its place. */
  SUPERSEDED,
  /** It was too old when its batch formed. */
  STALE,
  /** There was no room, or the client sends more than it may. */
  OVERLOADED,
  /** The call was cancelled. */
  CANCELLED,
  /** The server is going away. */
  DRAINING,
  /** The inference engine or the server failed. */
  INTERNAL,
  /** The client gave no token, or one that the server does not know (any more). */
  UNAUTHENTICATED,
  /** The client may not use the model. */
  PERMISSION_DENIED,
  /** The engine failed again and again on this model, which rests for a while. */
  MODEL_UNAVAILABLE,
  /** No server could be reached, or the connection broke. */
  UNAVAILABLE,
  /** Its picture is that of an image which was explained. */
  UNCHANGED,
  /** No answer came in time. */
  DEADLINE_EXCEEDED,
  /** The server does not offer the call. */
  UNIMPLEMENTED,
  /** A reason that this client does not know; the message says more. */
  UNKNOWN;

  /** The reason by its name on the wire, with or without the prefix of the protocol's enum. */
  static Reason of(String name) {
    String bare = name.startsWith("REASON_") ? name.substring("REASON_".length()) : name;
    for (Reason reason : values()) {
      if (reason.name().equals(bare)) {
        return reason;
      }
    }
    return UNKNOWN;
  }
}
