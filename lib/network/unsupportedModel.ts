/** A model that cannot be described as a plain network; the message tells which part. */
export class UnsupportedModel extends TypeError {
  override readonly name = "UnsupportedModel";
}
