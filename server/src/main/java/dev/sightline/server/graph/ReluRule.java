package dev.sightline.server.graph;

/**
 * How a gradient passes back through the kinks of a network: its ReLUs, and the clips (ReLU6) and
 * leaky ReLUs that stand in their place, each whatever operator it was exported as.
 *
 * <p>With x what enters the activation and g the incoming gradient, from the logits' side, what
 * leaves it is, at every kink:
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><th></th><th>ReLU</th><th>clip between a and b, as ReLU6 with 0 and 6</th>
 * <th>leaky ReLU of slope α</th></tr>
 * <tr><td>plain</td><td>g·[x &gt; 0]</td><td>g·[a &lt; x &lt; b]</td>
 * <td>g·(1 if x &gt; 0, else α)</td></tr>
 * <tr><td>guided</td><td>g·[g &gt; 0]·[x &gt; 0]</td><td>g·[g &gt; 0]·[a &lt; x &lt; b]</td>
 * <td>g·[g &gt; 0]·(1 if x &gt; 0, else α)</td></tr>
 * <tr><td>deconvnet</td><td>g·[g &gt; 0]</td><td>g·[g &gt; 0]</td><td>g·[g &gt; 0]</td></tr>
 * </table>
 *
 * <p>The papers define the two rules for ReLU; the columns for clips and leaky ReLUs are this
 * project's choice, and become the first one for a = 0, b = ∞ and α = 0. All other operators pass
 * their gradient on as it is, max pooling to the place of its maximum. So do gates: a Sigmoid or
 * HardSigmoid that is only multiplied into another tensor, as in squeeze-and-excitation.
 *
 * <p>A network whose activations are smooth (SiLU, GELU, HardSwish, tanh and their like) has no
 * such kinks, and nothing that these two rules could mean there: it is refused for them.
 */
public enum ReluRule {
  /** The derivative: what all other methods of explanation take. */
  PLAIN("the plain gradient"),

  /**
   * Guided backpropagation: Springenberg, Dosovitskiy, Brox, Riedmiller, Striving for Simplicity:
   * The All Convolutional Net, 2014.
   */
  GUIDED("guided backpropagation"),

  /**
   * The deconvolutional network: Zeiler, Fergus, Visualizing and Understanding Convolutional
   * Networks, 2013.
   */
  DECONVNET("deconvnet");

  private final String inWords;

  ReluRule(String inWords) {
    this.inWords = inWords;
  }

  /** What the rule is called in a sentence, such as "guided backpropagation". */
  public String inWords() {
    return inWords;
  }
}
